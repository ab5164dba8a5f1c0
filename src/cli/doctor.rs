//! `dynascope doctor`: what this machine and this build have.

use std::io::{self, Write};
use std::path::Path;

use clap::Args;

use super::Outcome;
use super::build;
use super::console::{self, Console};
use super::options::Global;
use super::selftest::tokens_a_second;
use crate::engine::store::{Store, published};
use crate::models::device::Compute;

/// Arguments of `dynascope doctor`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Hash the installed weights anew, too
    #[arg(long)]
    verify: bool,
    /// Do not measure the speed
    #[arg(long)]
    no_speed: bool,
}

/// Runs `dynascope doctor`.
pub fn run(arguments: &Arguments, global: &Global, console: &Console) -> anyhow::Result<Outcome> {
    let mut out = console::stdout();
    let mut outcome = Outcome::Done;
    writeln!(out, "dynascope {}", env!("CARGO_PKG_VERSION"))?;
    machine(&mut out)?;
    writeln!(out, "threads   {}", rayon::current_num_threads())?;
    for found in Compute::survey() {
        let state = found.state.unwrap_or_else(|reason| reason);
        write!(out, "device    {}: {state}", found.device)?;
        if !found.dtypes.is_empty() {
            write!(out, "; {}", found.dtypes.join(", "))?;
        }
        writeln!(out)?;
    }
    match Compute::choose(global.device, global.dtype) {
        Ok(compute) => {
            writeln!(
                out,
                "chosen    {} {} ({})",
                compute.device_name(),
                compute.dtype_name(),
                compute.reason()
            )?;
            if !arguments.no_speed {
                let speed = tokens_a_second(&compute)?;
                writeln!(out, "speed     {speed:.0} tokens/s (shape of ESM-2 8M)")?;
            }
        }
        Err(error) => {
            outcome = Outcome::Partly;
            writeln!(out, "chosen    none: {error}")?;
        }
    }
    let store = Store::of_user();
    writeln!(out, "weights   {}", store.folder().display())?;
    for model in published() {
        let Some(found) = store.locate(model) else {
            writeln!(out, "          {:<11} not on this machine", model.id)?;
            continue;
        };
        writeln!(out, "          {:<11} {}", model.id, found.path.display())?;
        if arguments.verify && model.members.is_empty() {
            for file in store.verify(model, console)? {
                let verdict = if file.is_right() { "right" } else { "WRONG" };
                writeln!(out, "          {} {verdict}", file.sha256)?;
                if !file.is_right() {
                    outcome = Outcome::Partly;
                }
            }
            console.finish();
        }
    }
    let cache = global.engine().options().cache_dir.clone();
    let cache = cache.map_or_else(|| "none".to_owned(), |c| c.display().to_string());
    writeln!(out, "results   {cache}")?;
    Ok(outcome)
}

/// Where the program came from, the system under it, and the terminal that it would draw on.
fn machine(out: &mut dyn Write) -> io::Result<()> {
    let program = std::env::current_exe().unwrap_or_default();
    writeln!(
        out,
        "program   {} ({}; {}; features: {})",
        program.display(),
        build::origin(&program),
        build::system(),
        build::features(),
    )?;
    if let Some(version) = c_library() {
        writeln!(out, "library   glibc {version}")?;
    }
    let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(variable);
    writeln!(
        out,
        "terminal  TERM={} COLORTERM={}{}; locale {}",
        variable("TERM").as_deref().unwrap_or("-"),
        variable("COLORTERM").as_deref().unwrap_or("-"),
        variable("TMUX").map_or("", |_| ", in tmux"),
        locale.as_deref().unwrap_or("-"),
    )
}

/// The version that the C library in this process states of itself: asking it would take unsafe code, and small
/// systems lack its tool.
fn c_library() -> Option<String> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let mut paths = maps
        .lines()
        .filter_map(|line| line.split_whitespace().nth(5));
    let path = paths.find(|path| {
        let name = Path::new(path).file_name().unwrap_or_default();
        name == "libc.so.6" || name.to_string_lossy().starts_with("libc-2.")
    })?;
    let library = std::fs::read(path).ok()?;
    let stated = b"release version ";
    let start = library.windows(stated.len()).position(|w| w == stated)? + stated.len();
    let version = library[start..].split(|b| !b.is_ascii_digit() && *b != b'.');
    let version = String::from_utf8_lossy(version.into_iter().next()?);
    Some(version.trim_end_matches('.').to_owned())
}

#[cfg(all(test, target_os = "linux", target_env = "gnu"))]
mod tests {
    #[test]
    fn the_c_library_states_its_version() {
        let version = super::c_library().unwrap_or_default();
        assert!(version.starts_with("2."), "{version}");
    }
}
