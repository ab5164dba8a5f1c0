//! Local only.
use clap::Parser;
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: dynascope::train::Command,
}
fn main() -> anyhow::Result<()> {
    Cli::parse().command.run(&mut std::io::stderr())
}
