//! What the environment says of the Hugging Face hub, read as its own tools (`huggingface_hub`) read it.

use std::path::{Path, PathBuf};

/// The variables that name a proxy, in the order in which they count.
const PROXIES: [&str; 6] = [
    "ALL_PROXY",
    "all_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
];

/// The environment of a process; an empty variable counts as none.
pub(super) struct Environment<'a> {
    get: &'a dyn Fn(&str) -> Option<String>,
    home: Option<PathBuf>,
}

impl Environment<'_> {
    /// That of this process.
    pub fn of_process() -> Environment<'static> {
        Environment {
            get: &|name| std::env::var(name).ok(),
            home: directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned()),
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        (self.get)(name).filter(|value| !value.trim().is_empty())
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let text = self.text(name)?;
        let home = self.home.as_deref();
        Some(match text.strip_prefix("~/").zip(home) {
            Some((rest, home)) => home.join(rest),
            None => PathBuf::from(text),
        })
    }

    /// `1`, `ON`, `YES` and `TRUE` in either case; anything else is no.
    fn is_on(&self, name: &str) -> bool {
        let value = self.text(name).unwrap_or_default().to_ascii_uppercase();
        matches!(value.as_str(), "1" | "ON" | "YES" | "TRUE")
    }

    pub fn endpoint(&self) -> String {
        self.text("HF_ENDPOINT")
            .unwrap_or_else(|| "https://huggingface.co".to_owned())
    }

    pub fn is_offline(&self) -> bool {
        match self.text("HF_HUB_OFFLINE") {
            Some(_) => self.is_on("HF_HUB_OFFLINE"),
            None => self.is_on("TRANSFORMERS_OFFLINE"),
        }
    }

    /// `$XDG_CACHE_HOME`, else `~/.cache`.
    fn caches(&self) -> Option<PathBuf> {
        let cache = self.path("XDG_CACHE_HOME");
        cache.or_else(|| Some(self.home.as_deref()?.join(".cache")))
    }

    /// `$HF_HOME`, else `huggingface` in the folder of caches.
    fn hub_home(&self) -> Option<PathBuf> {
        (self.path("HF_HOME")).or_else(|| Some(self.caches()?.join("huggingface")))
    }

    /// The folder in which PyTorch keeps what `torch.hub` has downloaded.
    pub fn torch_checkpoints(&self) -> Option<PathBuf> {
        let home = (self.path("TORCH_HOME")).or_else(|| Some(self.caches()?.join("torch")))?;
        Some(home.join("hub").join("checkpoints"))
    }

    /// The cache of the hub's own tools.
    pub fn cache(&self) -> Option<PathBuf> {
        self.path("HF_HUB_CACHE")
            .or_else(|| self.path("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| Some(self.hub_home()?.join("hub")))
    }

    pub fn token(&self) -> Option<String> {
        let said = self.text("HF_TOKEN");
        said.or_else(|| self.text("HUGGING_FACE_HUB_TOKEN"))
            .or_else(|| {
                let file = self.path("HF_TOKEN_PATH");
                let file = file.or_else(|| Some(self.hub_home()?.join("token")))?;
                std::fs::read_to_string(file).ok()
            })
            .map(|token| token.trim().to_owned())
            .filter(|token| !token.is_empty())
    }

    /// The variable that sends requests through a proxy, and which, without its password.
    pub fn proxy(&self) -> Option<String> {
        let (name, address) = PROXIES
            .iter()
            .find_map(|name| Some((name, self.text(name)?)))?;
        let shown = match address.rsplit_once('@') {
            Some((_, host)) => format!("…@{host}"),
            None => address,
        };
        Some(format!("{name}, {shown}"))
    }
}

/// The folders of a repository in the hub's cache that may hold its revision, the likeliest first.
pub(super) fn snapshots(cache: &Path, repository: &str, revision: &str) -> Vec<PathBuf> {
    let folder = cache.join(format!("models--{}", repository.replace('/', "--")));
    let all = folder.join("snapshots");
    let referred = |name: &str| {
        let text = std::fs::read_to_string(folder.join("refs").join(name)).ok()?;
        Some(all.join(text.trim()))
    };
    let mut likely = vec![all.join(revision)];
    likely.extend([revision, "main"].iter().filter_map(|name| referred(name)));
    // A cache that was copied, or filled by a commit, has no references.
    let inside = std::fs::read_dir(&all).into_iter().flatten().flatten();
    let mut others: Vec<PathBuf> = inside.map(|entry| entry.path()).collect();
    others.sort();
    likely.extend(others);
    likely
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    clippy::redundant_closure_for_method_calls,
    reason = "tests; the methods themselves are of one lifetime only"
)]
mod tests {
    use super::*;

    fn with<R>(set: &[(&str, &str)], ask: impl FnOnce(&Environment<'_>) -> R) -> R {
        let get = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name)?;
            Some(found.1.to_owned())
        };
        ask(&Environment {
            get: &get,
            home: Some(PathBuf::from("/home/me")),
        })
    }

    #[test]
    fn switches_are_read_as_the_hubs_tools_do() {
        for (value, expected) in [
            ("1", true),
            ("true", true),
            ("Yes", true),
            ("ON", true),
            ("0", false),
            ("false", false),
            ("no", false),
            ("", false),
        ] {
            let offline = with(&[("HF_HUB_OFFLINE", value)], |e| e.is_offline());
            assert_eq!(offline, expected, "{value}");
        }
        assert!(with(&[("TRANSFORMERS_OFFLINE", "1")], |e| e.is_offline()));
    }

    #[test]
    fn the_cache_is_where_the_hubs_tools_put_it() {
        for (set, expected) in [
            (&[] as &[(&str, &str)], "/home/me/.cache/huggingface/hub"),
            (&[("XDG_CACHE_HOME", "/x")], "/x/huggingface/hub"),
            (&[("HF_HOME", "/h"), ("XDG_CACHE_HOME", "/x")], "/h/hub"),
            (&[("HUGGINGFACE_HUB_CACHE", "~/c")], "/home/me/c"),
            (
                &[("HF_HUB_CACHE", "/a"), ("HUGGINGFACE_HUB_CACHE", "/b")],
                "/a",
            ),
            (&[("HF_HOME", "")], "/home/me/.cache/huggingface/hub"),
        ] {
            let cache = with(set, |e| e.cache()).unwrap();
            assert_eq!(cache, Path::new(expected), "{set:?}");
        }
    }

    #[test]
    fn checkpoints_are_where_pytorch_puts_them() {
        for (set, expected) in [
            (
                &[] as &[(&str, &str)],
                "/home/me/.cache/torch/hub/checkpoints",
            ),
            (&[("XDG_CACHE_HOME", "/x")], "/x/torch/hub/checkpoints"),
            (
                &[("TORCH_HOME", "~/t"), ("XDG_CACHE_HOME", "/x")],
                "/home/me/t/hub/checkpoints",
            ),
        ] {
            let folder = with(set, |e| e.torch_checkpoints()).unwrap();
            assert_eq!(folder, Path::new(expected), "{set:?}");
        }
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let set = [("HTTPS_PROXY", "http://me:secret@proxy:3128")];
        let proxy = with(&set, |e| e.proxy()).unwrap();
        assert_eq!(proxy, "HTTPS_PROXY, …@proxy:3128");
        assert_eq!(with(&[], |e| e.proxy()), None);
    }

    #[test]
    fn a_cache_without_references_is_searched() {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("models--owner--tiny/snapshots/0123");
        std::fs::create_dir_all(&folder).unwrap();
        let found = snapshots(cache.path(), "owner/tiny", "abcd");
        assert!(found[0].ends_with("abcd") && found.last() == Some(&folder));
    }
}
