//! The Hugging Face hub: addresses, redirects, resuming, and the cache that its own tools keep.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::{HeaderMap, Response};

use super::StoreError;
use super::environment::Environment;
use super::manifest::Published;
use super::receipt::sha256_of;
use crate::engine::Observer;
use crate::models::error::ModelError;
use crate::models::weights::WeightsFile;

const HOPS: usize = 8;
/// Bytes of a list of files; a thousand files take about 300 kB.
const LONGEST_LIST: u64 = 8 << 20;
/// Broken transfers that are taken up again at once, as long as each brought something.
const TRIES: usize = 5;

/// How to reach the hub.
#[derive(Debug, Clone)]
pub struct Hub {
    endpoint: String,
    token: Option<String>,
    agent: ureq::Agent,
    offline: bool,
    /// The variable that names a proxy, and the proxy.
    proxy: Option<String>,
}

/// What the hub says of a file, and what arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Arrived {
    pub(super) sha256: String,
    pub(super) size: u64,
    pub(super) was_stated: bool,
}

/// What the answers on the way said.
#[derive(Debug, Default)]
struct Stated {
    sha256: Option<String>,
    size: Option<u64>,
}

impl Hub {
    /// A hub at that address, straight, without a proxy.
    #[must_use]
    pub fn at(endpoint: &str, token: Option<String>) -> Self {
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            token,
            agent: agent().proxy(None).build().new_agent(),
            offline: false,
            proxy: None,
        }
    }

    /// The hub as the environment says: `HF_ENDPOINT`, `HF_TOKEN` (or the token file under
    /// `HF_HOME`), `HF_HUB_OFFLINE`, and the usual proxy variables.
    #[must_use]
    pub fn of_user() -> Self {
        let environment = Environment::of_process();
        Self {
            agent: agent().build().new_agent(),
            offline: environment.is_offline(),
            proxy: environment.proxy(),
            ..Self::at(&environment.endpoint(), environment.token())
        }
    }

    /// The same way to the web for those who are not to see a token.
    #[must_use]
    pub fn without_token(self) -> Self {
        Self {
            token: None,
            ..self
        }
    }

    /// Brings what an address has into a file.
    pub(in crate::engine) fn bring(
        &self,
        url: &str,
        to: &Path,
        observer: &dyn Observer,
    ) -> Result<(), StoreError> {
        self.transfer(url, to, observer).map(|_| ())
    }

    /// What went wrong on the way to a server, and through which proxy.
    fn unreached(&self, address: &str, error: &ureq::Error) -> StoreError {
        let reason = match &self.proxy {
            Some(proxy) => format!("{error} (through the proxy of {proxy})"),
            None => error.to_string(),
        };
        StoreError::Transfer {
            url: address.to_owned(),
            reason,
        }
    }

    /// Brings a file to `path`: through `path.part`, which a broken transfer leaves behind and the
    /// next call goes on with.
    pub(super) fn download(
        &self,
        model: &Published,
        file: &str,
        path: &Path,
        observer: &dyn Observer,
    ) -> Result<Arrived, StoreError> {
        if self.offline {
            return Err(StoreError::Offline);
        }
        let url = format!(
            "{}/{}/resolve/{}/{file}",
            self.endpoint, model.repository, model.revision
        );
        let part = with_suffix(path, ".part");
        let stated = self.transfer(&url, &part, observer)?;
        let sha256 = sha256_of(&part, observer)?;
        let known = model.sha256.get(file).cloned();
        let expected = known.or(stated.sha256);
        if let Some(expected) = &expected
            && *expected != sha256
        {
            std::fs::remove_file(&part).map_err(|e| StoreError::disk(&part, &e))?;
            return Err(StoreError::Checksum {
                file: path.display().to_string(),
                expected: expected.clone(),
                found: sha256,
            });
        }
        if let Err(reason) = is_the_kind(file, &part) {
            remove(&part)?;
            return Err(StoreError::NotTheFile { url, reason });
        }
        let size = size_of(&part);
        std::fs::rename(&part, path).map_err(|e| StoreError::disk(path, &e))?;
        Ok(Arrived {
            sha256,
            size,
            was_stated: expected.is_some(),
        })
    }

    /// The files of a repository, by their paths in it.
    pub(super) fn list(&self, model: &Published) -> Result<Vec<String>, StoreError> {
        #[derive(serde::Deserialize)]
        struct Listed {
            path: String,
        }
        if self.offline {
            return Err(StoreError::Offline);
        }
        let url = format!(
            "{}/api/models/{}/tree/{}?recursive=true",
            self.endpoint, model.repository, model.revision
        );
        let (mut response, _) = self.open(&url, 0)?;
        let body = response.body_mut().with_config().limit(LONGEST_LIST);
        let text = body
            .read_to_string()
            .map_err(|e| self.unreached(&url, &e))?;
        let listed: Vec<Listed> = serde_json::from_str(&text).map_err(|error| {
            let reason = format!("it is no list of files ({error})");
            StoreError::NotTheFile { url, reason }
        })?;
        Ok(listed.into_iter().map(|file| file.path).collect())
    }

    fn transfer(
        &self,
        url: &str,
        part: &Path,
        observer: &dyn Observer,
    ) -> Result<Stated, StoreError> {
        let mut before = size_of(part);
        let mut tries = 1;
        loop {
            match self.attempt(url, part, observer) {
                Err(StoreError::Transfer { url, reason }) => {
                    let now = size_of(part);
                    if now <= before || tries == TRIES {
                        return Err(StoreError::Transfer { url, reason });
                    }
                    log::info!("{url}: {reason}; going on at byte {now}");
                    (before, tries) = (now, tries + 1);
                }
                other => return other,
            }
        }
    }

    fn attempt(
        &self,
        url: &str,
        part: &Path,
        observer: &dyn Observer,
    ) -> Result<Stated, StoreError> {
        let have = size_of(part);
        let (mut response, mut stated) = self.open(url, have)?;
        let resumed = response.status() == 206;
        if response.status() == 416 {
            // What is there is as long as the file or longer: whole, or to be begun anew.
            if stated.size != Some(have) || have == 0 {
                remove(part)?;
                (response, stated) = self.open(url, 0)?;
            } else {
                return Ok(stated);
            }
        }
        let start = if resumed { have } else { 0 };
        let length = header(response.headers(), "content-length").and_then(|v| v.parse().ok());
        let total = length.map(|l: u64| l + start).or(stated.size);
        let mut file = open_part(part, resumed)?;
        let body = response.body_mut().with_config().limit(u64::MAX);
        pour(url, body.reader(), &mut file, start, total, observer)?;
        stated.size = stated.size.or(total);
        Ok(stated)
    }

    /// Follows redirects by hand: the first answer states hash and size, and only the hub may see the
    /// token.
    fn open(&self, url: &str, from: u64) -> Result<(Response<ureq::Body>, Stated), StoreError> {
        let mut stated = Stated::default();
        let mut address = url.to_owned();
        for _ in 0..HOPS {
            let mut request = self.agent.get(&address);
            if from > 0 {
                request = request.header("Range", format!("bytes={from}-"));
            }
            // Compressed on the way, the bytes could not be counted.
            request = request.header("Accept-Encoding", "identity");
            if let Some(token) = self.token.as_ref().filter(|_| self.is_ours(&address)) {
                request = request.header("Authorization", format!("Bearer {token}"));
            }
            let response = request.call().map_err(|e| self.unreached(&address, &e))?;
            stated.note(response.headers());
            let status = response.status().as_u16();
            match (status, header(response.headers(), "location")) {
                (300..=399, Some(location)) => address = joined(&address, location),
                (200 | 206 | 416, _) => return Ok((response, stated)),
                (404, _) => return Err(StoreError::NotFound { url: address }),
                (401 | 403, _) => {
                    return Err(StoreError::Refused {
                        url: address,
                        status,
                    });
                }
                _ => {
                    return Err(StoreError::Transfer {
                        url: address,
                        reason: format!("the server answers {status}"),
                    });
                }
            }
        }
        Err(StoreError::Transfer {
            url: url.to_owned(),
            reason: "too many redirects".to_owned(),
        })
    }

    fn is_ours(&self, address: &str) -> bool {
        address
            .strip_prefix(&self.endpoint)
            .is_some_and(|rest| rest.starts_with('/'))
    }
}

impl Stated {
    fn note(&mut self, headers: &HeaderMap) {
        let tag = header(headers, "x-linked-etag").map(|t| {
            t.trim_start_matches("W/")
                .trim_matches('"')
                .to_ascii_lowercase()
        });
        let is_hash = |t: &String| t.len() == 64 && t.chars().all(|c| c.is_ascii_hexdigit());
        self.sha256 = self.sha256.take().or(tag.filter(is_hash));
        let size = header(headers, "x-linked-size").and_then(|v| v.parse().ok());
        self.size = self.size.or(size);
    }
}

fn agent() -> ureq::config::ConfigBuilder<ureq::typestate::AgentScope> {
    ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_mins(1)))
        .timeout_per_read(Some(Duration::from_mins(1)))
        .user_agent(concat!("dynascope/", env!("CARGO_PKG_VERSION")))
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn joined(base: &str, location: &str) -> String {
    if location.starts_with("http://") || location.starts_with("https://") {
        return location.to_owned();
    }
    let host_end = base
        .find("://")
        .and_then(|i| base[i + 3..].find('/').map(|j| i + 3 + j))
        .unwrap_or(base.len());
    format!("{}/{}", &base[..host_end], location.trim_start_matches('/'))
}

fn open_part(part: &Path, append: bool) -> Result<File, StoreError> {
    OpenOptions::new()
        .create(true)
        .write(true)
        .append(append)
        .truncate(!append)
        .open(part)
        .map_err(|e| StoreError::disk(part, &e))
}

fn pour(
    url: &str,
    mut from: impl Read,
    to: &mut File,
    start: u64,
    total: Option<u64>,
    observer: &dyn Observer,
) -> Result<(), StoreError> {
    let broken = |reason: String| StoreError::Transfer {
        url: url.to_owned(),
        reason,
    };
    let mut buffer = vec![0; 1 << 16];
    let mut done = start;
    loop {
        observer.reached(done as usize, total.unwrap_or(done) as usize)?;
        let read = from.read(&mut buffer).map_err(|e| broken(e.to_string()))?;
        if read == 0 {
            break;
        }
        to.write_all(&buffer[..read])
            .map_err(|e| StoreError::disk(Path::new(url), &e))?;
        done += read as u64;
    }
    match total {
        Some(total) if done < total => {
            Err(broken(format!("it broke off at {done} of {total} bytes")))
        }
        _ => Ok(()),
    }
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |m| m.len())
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(StoreError::disk(path, &e)),
        _ => Ok(()),
    }
}

/// Whether what arrived is of the kind that its name says: a page of a login or a proxy is not.
fn is_the_kind(name: &str, path: &Path) -> Result<(), String> {
    let mut start = [0; 512];
    let read = File::open(path).and_then(|mut file| file.read(&mut start));
    let start = start[..read.map_err(|e| e.to_string())?].trim_ascii_start();
    if start.starts_with(b"<") {
        let page = "it is a web page, not the file: of a login, or of a proxy";
        return Err(page.to_owned());
    }
    if Path::new(name).extension().is_some_and(|e| e == "json") {
        let text = std::fs::read(path).map_err(|e| e.to_string())?;
        return match serde_json::from_slice::<serde_json::Map<_, _>>(&text) {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("it is not JSON ({error})")),
        };
    }
    match WeightsFile::open(path) {
        Ok(_) => Ok(()),
        Err(ModelError::NotSafetensors { reason, .. }) => Err(reason),
        Err(error) => Err(error.to_string()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// In that cache a large file is a link to a blob that has its hash as name.
pub(super) fn hash_in_cache(file: &Path) -> Option<String> {
    let target = std::fs::read_link(file).ok()?;
    let name = target.file_name()?.to_string_lossy().into_owned();
    (name.len() == 64 && name.chars().all(|c| c.is_ascii_hexdigit())).then_some(name)
}
