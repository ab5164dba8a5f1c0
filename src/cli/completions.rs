//! `dynascope completions SHELL`.

use std::io::{self, Write};

use clap::Args;
use clap_complete::Shell;

/// Arguments of `dynascope completions`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The shell
    shell: Shell,
}

/// Writes the completions.
pub fn write(
    arguments: &Arguments,
    command: &mut clap::Command,
    out: &mut impl Write,
) -> io::Result<()> {
    // The generator panics when it cannot write, so it writes into memory.
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, command, "dynascope", &mut text);
    out.write_all(&text)
}
