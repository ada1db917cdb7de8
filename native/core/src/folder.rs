//! Layout of the index's folder: `current` names the generation folder that serves (`g-7`); any other is left over from
//! a rebuild that did not finish. `current` is replaced by rename, so it names the old or the new, never half of each.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const CURRENT: &str = "current";
const PREFIX: &str = "g-";

#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        Ok(Self { path: path.to_owned() })
    }

    /// Number of the generation folder in service; absent on a new folder, or when `current` is not readable as one.
    pub fn current(&self) -> io::Result<Option<u64>> {
        match fs::read_to_string(self.path.join(CURRENT)) {
            Ok(text) => Ok(number_of(text.trim())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A number above every one used here.
    pub fn next_number(&self) -> io::Result<u64> {
        let numbers = self.numbers()?;
        Ok(numbers.into_iter().chain(self.current()?).max().unwrap_or(0) + 1)
    }

    pub fn path_of(&self, number: u64) -> PathBuf {
        self.path.join(format!("{PREFIX}{number}"))
    }

    pub fn create(&self, number: u64) -> io::Result<PathBuf> {
        let path = self.path_of(number);
        fs::create_dir(&path)?;
        self.sync()?;
        Ok(path)
    }

    /// Durable when it returns. The generation's own files must be durable before.
    pub fn set_current(&self, number: u64) -> io::Result<()> {
        let temporary = self.path.join("current.new");
        let mut file = File::create(&temporary)?;
        file.write_all(format!("{PREFIX}{number}\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, self.path.join(CURRENT))?;
        self.sync()
    }

    /// Removes every generation folder but `kept`; what cannot be removed now is left for the next time.
    pub fn remove_others(&self, kept: u64) -> io::Result<()> {
        for number in self.numbers()? {
            if number != kept {
                let _ = fs::remove_dir_all(self.path_of(number));
            }
        }
        Ok(())
    }

    fn numbers(&self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            if let Some(number) = entry?.file_name().to_str().and_then(number_of) {
                numbers.push(number);
            }
        }
        Ok(numbers)
    }

    fn sync(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }
}

fn number_of(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.parse().ok()
}
