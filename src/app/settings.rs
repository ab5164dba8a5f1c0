//! What is set of the screen, as the commands that set it.

use super::command::Command;
use super::command::argument::{Cutoff, FileName, SortBy, Text, ThemeName, Turn, Zoom};
use super::measured::MeasuredShown;
use super::panel::View;
use super::state::State;

/// Settings that are a field of the view and nothing else.
macro_rules! fields {
    ($( $command:ident => $field:ident )*) => {
        /// Takes a setting over; whether the command is one.
        pub(super) fn set(view: &mut View, command: &Command) -> bool {
            match command {
                $( Command::$command(value) => view.$field = *value, )*
                _ => return false,
            }
            true
        }

        fn fields(view: &View) -> impl Iterator<Item = Command> {
            [$( Command::$command(view.$field) ),*].into_iter()
        }
    };
}

fields! {
    Expand => expanded
    Color => color_by
    Order => order
}

/// Whether of several such commands in a row the last alone counts.
pub(super) fn is_of_the_screen(command: &Command) -> bool {
    set(&mut View::default(), command)
        || matches!(
            command,
            Command::At(_)
                | Command::Curve(_)
                | Command::Filter(_)
                | Command::Panel(_)
                | Command::Select(_)
                | Command::Sort(_)
                | Command::Theme(_)
                | Command::Threshold(_)
                | Command::Turn(_)
                | Command::Zoom(_)
        )
}

/// What is set now, in the order in which it is to be said.
pub(super) fn settings(state: &State) -> Vec<Command> {
    let view = &state.view;
    let is_scored = state.measured_shown == MeasuredShown::No;
    let method = state.method.filter(|_| is_scored);
    let data = Text::new(&state.data_file).map(FileName);
    let theme = Text::new(&state.theme).map(ThemeName);
    let sort = state
        .triage
        .sort
        .map(|(measure, order)| SortBy { measure, order });
    let ensemble = state.ensemble().map(|e| e.seed);
    let mut all = vec![Command::Data(data)];
    all.extend(state.source.map(Command::Source));
    all.extend(method.map(Command::Scan));
    all.push(Command::Panel(view.focus));
    all.extend(fields(view));
    all.extend([
        Command::Curve(view.curve),
        Command::Compare(view.compare),
        Command::Graphics(view.graphics),
        Command::Threshold(Cutoff(view.threshold)),
        Command::Turn(turn(view)),
        Command::Zoom(zoom(view)),
    ]);
    all.extend(theme.map(Command::Theme));
    all.extend([
        Command::Select(Text::new(&state.selection_text)),
        Command::Filter(Text::new(&state.triage.filter_text)),
    ]);
    all.extend(sort.map(Command::Sort));
    all.extend(ensemble.map(Command::Ensemble));
    all
}

fn turn(view: &View) -> Turn {
    Turn {
        pitch: view.pitch,
        yaw: view.yaw,
        magnification: view.magnification,
    }
}

fn zoom(view: &View) -> Zoom {
    Zoom {
        bars: view.track_zoom,
        map: view.heat_zoom,
        coupling: view.map_zoom,
    }
}
