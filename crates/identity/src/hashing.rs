//! Hashing passwords: slow and large on purpose, so it has threads of its own that give way to everything else, and a bounded
//! number of passwords that wait for them.

use std::fmt;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::error::Error;
use crate::random;

/// OWASP's floor for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Passwords that are hashed or wait for it. Each takes some 20 ms, so the last of them waits well below the deadline.
const MOST: usize = 32;
/// Orders come first: on a busy machine, hashing gets what they leave.
const NICENESS: i32 = 10;

/// A password as somebody typed it.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Password(pub String);

/// What is kept of a password: a PHC string with its parameters and salt.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Phc(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

impl fmt::Debug for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phc(…)")
    }
}

/// Hashes passwords, a few at a time. Cheap to clone; its threads begin with the first password, and end with the last clone.
#[derive(Clone)]
pub(crate) struct Hasher {
    places: Arc<Semaphore>,
    jobs: Arc<OnceLock<Sender<Job>>>,
}

/// A place among the passwords that are hashed or wait for it.
pub(crate) struct Place {
    _place: OwnedSemaphorePermit,
    jobs: Sender<Job>,
}

type Job = Box<dyn FnOnce() + Send>;

impl Hasher {
    pub(crate) fn new() -> Hasher {
        Hasher { places: Arc::new(Semaphore::new(MOST)), jobs: Arc::default() }
    }

    /// # Errors
    /// [`Error::Busy`] when too many passwords wait already.
    pub(crate) fn place(&self) -> Result<Place, Error> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Error::Busy)?;
        Ok(Place { _place: place, jobs: self.jobs.get_or_init(start).clone() })
    }
}

impl Place {
    pub(crate) async fn hash(self, password: Password) -> Result<Phc, Error> {
        let salt = random::bytes::<16>()?;
        self.run(move || hash(&password, &salt)).await?
    }

    /// Whether it is the password of which `kept` was kept. Without one it is not, which takes as long to find out.
    pub(crate) async fn verify(self, password: Password, kept: Option<Phc>) -> Result<bool, Error> {
        self.run(move || verify(&password, kept.as_ref())).await?
    }

    async fn run<R: Send + 'static>(self, work: impl FnOnce() -> R + Send + 'static) -> Result<R, Error> {
        let (done, result) = oneshot::channel();
        let job = Box::new(move || {
            // Nobody may be interested any more.
            let _ = done.send(work());
        });
        let lost = |_| Error::Hashing("the threads that hash passwords are gone".to_owned());
        self.jobs.send(job).map_err(|_| ()).map_err(lost)?;
        result.await.map_err(|_| ()).map_err(lost)
    }
}

fn start() -> Sender<Job> {
    let (jobs, waiting) = mpsc::channel::<Job>();
    let waiting = Arc::new(Mutex::new(waiting));
    let cores = thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..(cores / 2).max(1) {
        let waiting = Arc::clone(&waiting);
        let worker = move || {
            // Of this thread alone, on Linux. Where it cannot be done, nothing is lost but manners.
            let _ = rustix::process::setpriority_process(None, NICENESS);
            while let Some(job) = next(&waiting) {
                job();
            }
        };
        if let Err(error) = thread::Builder::new().name("passwords".to_owned()).spawn(worker) {
            tracing::error!(%error, "a thread that hashes passwords cannot be started");
        }
    }
    jobs
}

fn next(waiting: &Mutex<Receiver<Job>>) -> Option<Job> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn argon2() -> Result<Argon2<'static>, Error> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|error| failed(&error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &Password, salt: &[u8]) -> Result<Phc, Error> {
    let salt = SaltString::encode_b64(salt).map_err(|error| failed(&error))?;
    let hashed = argon2()?.hash_password(password.0.as_bytes(), &salt).map_err(|error| failed(&error))?;
    Ok(Phc(hashed.to_string()))
}

fn verify(password: &Password, kept: Option<&Phc>) -> Result<bool, Error> {
    let Some(Phc(kept)) = kept else {
        return hash(password, &[0; 16]).map(|_| false);
    };
    let kept = PasswordHash::new(kept).map_err(|error| failed(&error))?;
    Ok(argon2()?.verify_password(password.0.as_bytes(), &kept).is_ok())
}

fn failed(error: &dyn fmt::Display) -> Error {
    Error::Hashing(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_is_known_by_its_hash_alone() {
        let hasher = Hasher::new();
        let password = || Password("correct horse battery".to_owned());
        let kept = hasher.place().unwrap().hash(password()).await.unwrap();
        assert!(kept.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", kept.0);
        assert!(hasher.place().unwrap().verify(password(), Some(kept.clone())).await.unwrap());
        let other = Password("correct horse batterz".to_owned());
        assert!(!hasher.place().unwrap().verify(other, Some(kept.clone())).await.unwrap());
        assert!(!hasher.place().unwrap().verify(password(), None).await.unwrap());
        assert_ne!(hasher.place().unwrap().hash(password()).await.unwrap().0, kept.0, "another salt");
        assert_eq!(format!("{:?} {kept:?}", password()), "Password(…) Phc(…)");
    }

    #[tokio::test]
    async fn no_more_wait_than_there_are_places() {
        let hasher = Hasher::new();
        let taken: Vec<Place> = (0..MOST).map(|_| hasher.place().unwrap()).collect();
        assert!(matches!(hasher.place(), Err(Error::Busy)));
        drop(taken);
        assert!(hasher.place().is_ok());
    }
}
