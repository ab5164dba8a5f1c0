//! The settings of the screen that are a field of the view and nothing else.

use super::command::Command;
use super::view::View;

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

        pub(super) fn fields(view: &View) -> impl Iterator<Item = Command> {
            [$( Command::$command(view.$field) ),*].into_iter()
        }
    };
}

fields! {
    Expand => expanded
    Color => color_by
    Order => order
    Coupling => reading
    Neighbours => neighbours
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
                | Command::ResidueFilter(_)
                | Command::Residues(_)
                | Command::Select(_)
                | Command::Sort(_)
                | Command::Theme(_)
                | Command::Threshold(_)
                | Command::Top(_)
                | Command::Turn(_)
                | Command::Zoom(_)
        )
}
