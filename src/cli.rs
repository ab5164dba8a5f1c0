//! The sub-commands: data on stdout, everything else on stderr, exit codes that scripts can rely on.

mod batch;
mod build;
mod cite;
mod compare;
mod completions;
mod console;
mod doctor;
mod dynamics;
mod eval;
mod library;
mod list;
mod methods;
mod options;
mod output;
mod ranked;
mod replay;
mod report;
mod sample;
mod scan;
mod score;
mod selftest;
mod sources;
mod terminal;
mod trace;
mod weights;

use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::tui;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args as _, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use console::Console;
use options::Global;

/// How a run ended when it could run at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Everything was done.
    Done,
    /// Something was refused, the rest is done.
    Partly,
    /// Nothing could be done, and stderr says why.
    Nothing,
}

/// See how a protein moves and what mutations do to it.
///
/// With a file, or nothing, the terminal program opens. The sub-commands run the same computations
/// and write files.
#[derive(Debug, Parser)]
#[command(
    name = "dynascope",
    version,
    override_usage = "dynascope [OPTIONS] [FILE [SECOND]]\n       dynascope <COMMAND>",
    after_help = "Exit codes: 0 done, 1 done but something was refused, 2 could not run.\n\
                  Data go to stdout, everything else to stderr. RUST_LOG=debug shows the log."
)]
struct Cli {
    #[command(flatten)]
    terminal: terminal::Arguments,
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// How a protein moves: RMSF, 3 × 3 covariances, coupling
    Dynamics(dynamics::Arguments),
    /// Structures drawn from the dynamics, as a multi-model PDB file
    Sample(sample::Arguments),
    /// Two structures, or two parts of one: what moved, which mode goes that way, how the motion differs
    Compare(compare::Arguments),
    /// The map of all single substitutions
    Scan(scan::Arguments),
    /// Scores of given variants, single or multiple
    Score(score::Arguments),
    /// Evaluate sources and methods on measured data
    Eval {
        /// What is evaluated
        #[command(subcommand)]
        what: eval::Arguments,
    },
    /// A page about one protein, as HTML or Markdown
    Report(report::Arguments),
    /// Replay a journal of the terminal program, without a terminal: the same files
    Replay(replay::Arguments),
    /// Published weights: list, fetch, verify, path, import
    Weights(weights::Arguments),
    /// Rebuild the shipped weights from the training data
    #[cfg(feature = "train")]
    Train {
        /// Which network
        #[command(subcommand)]
        network: crate::train::Command,
    },
    /// What this machine and this build have: devices, weights, caches
    Doctor(doctor::Arguments),
    /// Check that every device computes the right numbers, and how fast
    Selftest(selftest::Arguments),
    /// What to cite for a result: the papers of its sources and methods
    Cite(cite::Arguments),
    /// Shell completions on stdout
    Completions(completions::Arguments),
    /// The man page on stdout
    Man,
}

/// Runs the program on the arguments of the process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // The long form of the version reads the manifest of the weights, which no other start waits for.
            let error = if error.kind() == ErrorKind::DisplayVersion {
                let again = with_long_version().try_get_matches_from(std::env::args_os());
                again.err().unwrap_or(error)
            } else {
                error
            };
            // Help and version go to stdout and are no error; clap knows.
            return match error.print() {
                Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
                Err(_) => ExitCode::SUCCESS,
            };
        }
    };
    let console = Console::new(&cli.global);
    match run(cli, &console) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Partly) => ExitCode::from(1),
        Ok(Outcome::Nothing) => ExitCode::from(2),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            console.error(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

/// The command line with all that `--version` says.
fn with_long_version() -> clap::Command {
    Cli::command().long_version(build::long_version())
}

/// Options that every sub-command has may stand before it; those of the terminal program may not.
fn parse<T: Into<std::ffi::OsString> + Clone>(
    words: impl IntoIterator<Item = T>,
) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(words)?;
    let cli = Cli::from_arg_matches(&matches)?;
    if cli.command.is_some() {
        let mut of_terminal = terminal::Arguments::augment_args(clap::Command::new(""));
        of_terminal.build();
        let given = of_terminal.get_arguments().find(|argument| {
            matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
        });
        if let Some(given) = given {
            let text =
                format!("{given} cannot stand before a command: it is the terminal program's\n");
            return Err(Cli::command().error(ErrorKind::ArgumentConflict, text));
        }
    }
    Ok(cli)
}

fn run(cli: Cli, console: &Console) -> anyhow::Result<Outcome> {
    // The terminal program draws where stderr would scribble.
    let log = cli.command.is_none().then(tui::log_file).flatten();
    cli.global.apply(log)?;
    let trace = cli.global.trace.as_deref();
    let trace = trace.map(trace::Recording::start).transpose()?;
    let outcome = carry_out(cli, console);
    let written = trace.map_or(Ok(()), trace::Recording::finish);
    outcome.and_then(|outcome| written.map(|()| outcome))
}

fn carry_out(cli: Cli, console: &Console) -> anyhow::Result<Outcome> {
    match cli.command {
        None => terminal::run(cli.terminal, &cli.global),
        Some(Command::Dynamics(arguments)) => dynamics::run(&arguments, &cli.global, console),
        Some(Command::Sample(arguments)) => sample::run(&arguments, &cli.global, console),
        Some(Command::Compare(arguments)) => compare::run(&arguments, &cli.global, console),
        Some(Command::Scan(arguments)) => scan::run(&arguments, &cli.global, console),
        Some(Command::Score(arguments)) => score::run(&arguments, &cli.global, console),
        Some(Command::Eval { what }) => eval::run(&what, &cli.global, console),
        Some(Command::Report(arguments)) => report::run(&arguments, &cli.global, console),
        Some(Command::Replay(arguments)) => replay::run(&arguments, &cli.global, console),
        Some(Command::Weights(arguments)) => weights::run(&arguments, &cli.global, console),
        #[cfg(feature = "train")]
        Some(Command::Train { network }) => {
            network.run(&mut io::stderr())?;
            Ok(Outcome::Done)
        }
        Some(Command::Doctor(arguments)) => doctor::run(&arguments, &cli.global, console),
        Some(Command::Selftest(arguments)) => selftest::run(&arguments, &cli.global),
        Some(Command::Cite(arguments)) => cite::run(&arguments),
        Some(Command::Completions(arguments)) => {
            completions::write(&arguments, &mut Cli::command(), &mut io::stdout())?;
            Ok(Outcome::Done)
        }
        Some(Command::Man) => {
            let mut page = Vec::new();
            clap_mangen::Man::new(with_long_version()).render(&mut page)?;
            io::stdout().write_all(&page)?;
            Ok(Outcome::Done)
        }
    }
}

/// A reader that had enough (`| head`) is no error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<io::Error>()
            .is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_of_all_stand_before_a_command_and_those_of_the_terminal_do_not() {
        let device = |words: &str| parse(words.split(' ')).map(|cli| cli.global.device.to_string());
        let before = device("dynascope --device cpu --threads 2 dynamics a.pdb --csv -");
        assert_eq!(before.unwrap_or_default(), "cpu");
        for words in ["dynascope a.pdb doctor", "dynascope --theme dark doctor"] {
            let refused = device(words).err().map(|e| e.kind());
            assert_eq!(refused, Some(ErrorKind::ArgumentConflict), "{words}");
        }
        assert!(device("dynascope --chain B a.pdb").is_ok());
    }

    #[cfg(feature = "train")]
    #[test]
    fn a_training_command_is_understood() {
        let words = "dynascope train residue --data d --out o --train-on cpu --seed 3";
        assert!(Cli::try_parse_from(words.split(' ')).is_ok());
    }
}
