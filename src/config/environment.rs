//! What the surroundings say: the one place where the configuration looks at the
//! process's environment.

use std::ffi::OsString;
use std::path::PathBuf;

/// The parts of the environment that matter, read once so that tests can say
/// otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `$STATE_DIRECTORY`: systemd's `StateDirectory=`, made and owned for us.
    pub state_directory: Option<OsString>,
    /// The platform's folder for applications' data, without `taifas` in it.
    pub data_directory: Option<PathBuf>,
}

impl Environment {
    /// Reads this process's.
    pub fn read() -> Environment {
        Environment {
            state_directory: std::env::var_os("STATE_DIRECTORY"),
            data_directory: dirs::data_dir(),
        }
    }

    /// The default data folder, if there is one.
    pub(super) fn data_folder(&self) -> Option<PathBuf> {
        // systemd separates several directories by colons; the first is the main one.
        let from_systemd = self
            .state_directory
            .as_deref()
            .and_then(|dirs| std::env::split_paths(dirs).next())
            .filter(|dir| dir.is_absolute());
        from_systemd.or_else(|| Some(self.data_directory.as_ref()?.join("taifas")))
    }
}
