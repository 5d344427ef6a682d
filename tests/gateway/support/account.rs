//! Somebody else than root, where the tests run as root.

use std::process::Command;

/// An account that runs servers: PostgreSQL refuses to run as root.
pub struct Account {
    pub uid: u32,
    pub gid: u32,
}

impl Account {
    /// None where the tests do not run as root: servers then run as who they run as.
    pub fn of_servers() -> Option<Self> {
        if id("-u", "") != Some(0) {
            return None;
        }
        let of = |user: &str| {
            Some(Self {
                uid: id("-u", user)?,
                gid: id("-g", user)?,
            })
        };
        of("postgres").or_else(|| of("nobody"))
    }
}

fn id(flag: &str, user: &str) -> Option<u32> {
    let said = Command::new("id")
        .arg(flag)
        .args((!user.is_empty()).then_some(user))
        .output()
        .ok()?;
    String::from_utf8_lossy(&said.stdout).trim().parse().ok()
}
