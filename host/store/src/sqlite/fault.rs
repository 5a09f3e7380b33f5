//! What can go wrong inside, and what the world is told: a full disk, a failing disk, a damaged file, a file held by
//! another program are four different things for the person who has to act.

use crate::StoreError;
use rusqlite::ErrorCode;

/// An error before it knows which file it is about.
#[derive(Debug)]
pub(super) enum Fault {
    /// The engine's.
    Sql(rusqlite::Error),
    /// Something stored cannot be read.
    Unreadable(String),
    /// Ready to be told.
    Told(StoreError),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Told(error)
    }
}

impl Fault {
    /// The whole transaction is lost with it, not only the piece of work that met it.
    pub(super) fn ends_the_group(&self) -> bool {
        match self {
            Self::Sql(rusqlite::Error::SqliteFailure(error, _)) => !matches!(
                error.code,
                ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch
            ),
            Self::Sql(_) | Self::Unreadable(_) | Self::Told(_) => false,
        }
    }

    /// In the words of the world.
    pub(super) fn at(self, path: &str) -> StoreError {
        let path = path.to_owned();
        match self {
            Self::Told(error) => error,
            Self::Unreadable(detail) => StoreError::Corrupt { path, detail },
            Self::Sql(error) => sql(path, &error),
        }
    }
}

fn sql(path: String, error: &rusqlite::Error) -> StoreError {
    let detail = error.to_string();
    let (code, extended) = match error {
        rusqlite::Error::SqliteFailure(failure, _) => (failure.code, failure.extended_code),
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..) => return StoreError::Corrupt { path, detail },
        _ => return StoreError::Other(format!("{path}: {detail}")),
    };
    match (code, extended) {
        // SQLITE_IOERR_SHMSIZE: the shared-memory file beside the database could not grow.
        (ErrorCode::DiskFull, _) | (ErrorCode::SystemIoFailure, 4874) => StoreError::Full { path },
        (ErrorCode::NotADatabase, _) => StoreError::Corrupt {
            path,
            detail: "it is not a SQLite file, or its header is overwritten".to_owned(),
        },
        // SQLITE_IOERR_DATA and SQLITE_IOERR_CORRUPTFS: a checksum below us did not match.
        (ErrorCode::DatabaseCorrupt, _) | (ErrorCode::SystemIoFailure, 8202 | 8458) => {
            StoreError::Corrupt { path, detail }
        }
        (ErrorCode::SystemIoFailure, _) => StoreError::Disk { path, detail },
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => StoreError::Busy { path },
        (ErrorCode::ReadOnly, _) => StoreError::Other(format!(
            "{path} may not be written: give this user the right to write the file and its folder"
        )),
        (ErrorCode::CannotOpen, _) => StoreError::Other(format!(
            "{path} cannot be opened: the folder must exist and this user must be allowed to write in it"
        )),
        _ => StoreError::Other(format!("{path}: {detail}")),
    }
}
