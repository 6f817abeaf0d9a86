//! What a server sends, as a client reads it: any bytes are a line of one kind or none.

#![no_main]

use libfuzzer_sys::fuzz_target;
use taifas::parser::server_line;

fuzz_target!(|line: &[u8]| {
    if let Ok(known) = server_line(line) {
        assert!(str::from_utf8(line).is_ok(), "{known:?}");
    }
});
