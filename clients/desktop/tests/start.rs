//! The first thing one sees.

mod support;

use support::Screen;
use support::server::Server;

#[test]
fn the_menu_is_there() {
    let server = Server::start();
    let screen = Screen::new(server.address);
    assert_eq!(screen.app().title(), "taifas");
}
