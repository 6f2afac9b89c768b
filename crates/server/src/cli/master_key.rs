//! The file with the master key: made once, read at every start, never replaced.
//!
//! Invariant: a file of that name holds a whole key. It is written and flushed under another name first, so neither a crash
//! nor a second process ever meets half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use doorward_core::port::SystemEntropy;
use doorward_core::token::MasterKey;

/// Whoever is neither the owner nor root.
const OTHERS: u32 = 0o077;
/// As above, but for reading by the group.
const OTHERS_BUT_GROUP: u32 = 0o037;

/// The key in `path`, if there is such a file.
///
/// # Errors
/// When others can read the file, or it holds no key.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<MasterKey>> {
    let name = path.display();
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(fault) if fault.kind() == ErrorKind::NotFound => return Ok(None),
        Err(fault) => {
            return Err(fault).with_context(|| format!("crypto.master_key_file: cannot read {name}"));
        }
    };
    let about = fs::metadata(path).with_context(|| format!("cannot read {name}"))?;
    if about.mode() & others(about.uid(), rustix::process::geteuid().is_root()) != 0 {
        bail!("crypto.master_key_file: others can read {name}; run `chmod 600 {name}`");
    }
    let bytes = URL_SAFE_NO_PAD.decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    match bytes {
        Some(bytes) => Ok(Some(MasterKey::from_bytes(bytes))),
        None => bail!("crypto.master_key_file: {name} is no master key; restore it from your backup"),
    }
}

/// Whoever may have no right to a file of `owner`. What root has put there for this process, as Kubernetes does with secrets,
/// can only be read by its group.
const fn others(owner: u32, is_root: bool) -> u32 {
    if owner == 0 && !is_root { OTHERS_BUT_GROUP } else { OTHERS }
}

/// A new key in `path`, for its owner alone; or the one that another process has made there meanwhile.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn create(path: &Path) -> anyhow::Result<MasterKey> {
    let master = MasterKey::generate(&SystemEntropy);
    let draft = path.with_extension(format!("{}.new", std::process::id()));
    let made = write(&draft, &master).and_then(|()| fs::hard_link(&draft, path));
    let _ = fs::remove_file(&draft);
    match made {
        Ok(()) => {}
        Err(fault) if fault.kind() == ErrorKind::AlreadyExists => {
            return read(path)?.context("crypto.master_key_file: it vanished while it was read");
        }
        Err(fault) => {
            return Err(fault)
                .with_context(|| format!("crypto.master_key_file: cannot make {}", path.display()));
        }
    }
    // The name itself has to survive a power cut too.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("crypto.master_key_file: cannot flush {}", folder.display()))?;
    Ok(master)
}

fn write(path: &Path, master: &MasterKey) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(format!("{}\n", URL_SAFE_NO_PAD.encode(master.expose())).as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        assert!(read(&path).unwrap().is_none());

        let made = create(&path).unwrap();
        let second = create(&path).unwrap();

        assert_eq!(made.expose(), second.expose());
        assert_eq!(read(&path).unwrap().unwrap().expose(), made.expose());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
    }

    #[test]
    fn the_group_may_read_what_root_has_put_there_for_another_account_and_nothing_else() {
        assert_eq!(0o440 & others(0, false), 0);
        assert_ne!(0o460 & others(0, false), 0);
        assert_ne!(0o444 & others(0, false), 0);
        assert_ne!(0o440 & others(0, true), 0);
        assert_ne!(0o440 & others(10_001, false), 0);
    }

    #[test]
    fn a_file_that_others_can_read_or_that_holds_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("chmod 600"));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "half a k").unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("restore it"));
    }
}
