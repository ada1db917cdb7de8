use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::Directory;
use tantivy::directory::error::{DeleteError, LockError, OpenDirectoryError, OpenReadError, OpenWriteError};
use tantivy::directory::{DirectoryLock, FileHandle, Lock, MmapDirectory, WatchCallback, WatchHandle, WritePtr};

/// tantivy's list of the files it may delete; rewritten for every file of a segment.
const FILE_LIST: &str = ".managed.json";

/// tantivy's own folder with two differences.
///
/// The folder is synced after the rename of `meta.json`: tantivy syncs it before only, so that a power cut could take a
/// commit back that was reported as durable, or leave the old `meta.json` with the files it names already deleted.
///
/// The list of files is not synced each of the half dozen times that a commit rewrites it, but once, before
/// `meta.json`: the disk is shared with the log that acknowledged writes wait for. Should a power cut spoil it between
/// commits, the index is found damaged and rebuilt.
#[derive(Debug, Clone)]
pub struct DurableDirectory {
    inner: MmapDirectory,
    path: PathBuf,
}

impl DurableDirectory {
    pub fn open(path: &Path) -> Result<Self, OpenDirectoryError> {
        Ok(Self { inner: MmapDirectory::open(path)?, path: path.to_owned() })
    }

    fn replace_list(&self, data: &[u8]) -> io::Result<()> {
        // Its writer holds a lock of tantivy's meanwhile: one temporary name is enough.
        let temporary = self.path.join(format!("{FILE_LIST}.new"));
        fs::write(&temporary, data)?;
        fs::rename(temporary, self.path.join(FILE_LIST))
    }

    fn sync_list(&self) -> io::Result<()> {
        match File::open(self.path.join(FILE_LIST)) {
            Ok(file) => file.sync_data(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

impl Directory for DurableDirectory {
    fn atomic_write(&self, path: &Path, data: &[u8]) -> io::Result<()> {
        if path == Path::new(FILE_LIST) {
            return self.replace_list(data);
        }
        self.sync_list()?;
        self.inner.atomic_write(path, data)?;
        self.inner.sync_directory()
    }

    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        self.inner.open_write(path)
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.inner.sync_directory()
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, callback: WatchCallback) -> tantivy::Result<WatchHandle> {
        self.inner.watch(callback)
    }
}
