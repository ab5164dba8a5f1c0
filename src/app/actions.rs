//! Every action of the program in one table: it feeds the palette, the command line and the keymap file
//! (`assets/keymap.toml` has the keys).

/// Something the user can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    Left,
    Right,
    Up,
    Down,
    PageLeft,
    PageRight,
    Start,
    End,
    NextPanel,
    PreviousPanel,
    FocusSequence,
    FocusFlexibility,
    FocusCoupling,
    FocusStructure,
    FocusMutations,
    FocusTriage,
    Expand,
    NextChain,
    PreviousChain,
    NextModel,
    PreviousModel,
    NextSource,
    NextMethod,
    ZoomIn,
    ZoomOut,
    ZoomReset,
    ColorBy,
    Spin,
    Animate,
    Reseed,
    NextMode,
    PreviousMode,
    SwingMore,
    SwingLess,
    Graphics,
    Push,
    Curve,
    Compare,
    Difference,
    Threshold,
    Order,
    SortNext,
    SortReverse,
    Filter,
    Mark,
    WriteNote,
    NextMatch,
    PreviousMatch,
    Search,
    Command,
    Help,
    Accept,
    Undo,
    Redo,
    Resume,
    Export,
    Copy,
    Theme,
    Mouse,
    OpenFile,
    CancelJob,
    Back,
    PrintMarksAndQuit,
    Quit,
}

/// How an action is called, explained and reached.
#[derive(Debug, Clone, Copy)]
pub struct ActionInfo {
    /// The action.
    pub action: Action,
    /// Its name in the keymap file.
    pub id: &'static str,
    /// What it does, as the palette shows it.
    pub help: &'static str,
}

const fn info(action: Action, id: &'static str, help: &'static str) -> ActionInfo {
    ActionInfo { action, id, help }
}

/// The table, in the order of the palette.
#[rustfmt::skip]
pub const ACTIONS: &[ActionInfo] = &[
    info(Action::Left, "left", "Previous residue · turn the structure left"),
    info(Action::Right, "right", "Next residue · turn the structure right"),
    info(Action::Up, "up", "Up: residue back by ten, pair partner, amino acid, row · tilt"),
    info(Action::Down, "down", "Down: residue on by ten, pair partner, amino acid, row · tilt"),
    info(Action::PageLeft, "page-left", "Twenty residues back"),
    info(Action::PageRight, "page-right", "Twenty residues on"),
    info(Action::Start, "start", "First residue"),
    info(Action::End, "end", "Last residue"),
    info(Action::NextPanel, "next-panel", "Next panel"),
    info(Action::PreviousPanel, "previous-panel", "Previous panel"),
    info(Action::FocusSequence, "sequence", "Panel: sequence"),
    info(Action::FocusFlexibility, "flexibility", "Panel: flexibility in Å"),
    info(Action::FocusCoupling, "coupling", "Panel: coupling map"),
    info(Action::FocusStructure, "structure", "Panel: structure"),
    info(Action::FocusMutations, "mutations", "Panel: mutation map"),
    info(Action::FocusTriage, "triage", "Panel: triage table"),
    info(Action::Expand, "expand", "The focused panel alone, and back"),
    info(Action::NextChain, "next-chain", "Next chain, or next sequence of a FASTA file"),
    info(Action::PreviousChain, "previous-chain", "Previous chain, or previous sequence of a FASTA file"),
    info(Action::NextModel, "next-model", "Next model of the file"),
    info(Action::PreviousModel, "previous-model", "Previous model of the file"),
    info(Action::NextSource, "next-source", "Who predicts the motion: next source"),
    info(Action::NextMethod, "next-method", "Mutation score: next method"),
    info(Action::ZoomIn, "zoom-in", "Zoom in"),
    info(Action::ZoomOut, "zoom-out", "Zoom out"),
    info(Action::ZoomReset, "zoom-reset", "Zoom back to the whole"),
    info(Action::ColorBy, "color-by", "Colour the structure by: next"),
    info(Action::Spin, "spin", "Let the structure turn, or stop it"),
    info(Action::Animate, "animate", "Let the structure move through its ensemble, or stop it"),
    info(Action::Reseed, "reseed", "Another ensemble, with the next seed"),
    info(Action::NextMode, "next-mode", "Let the structure swing along its slowest mode, then the next ones"),
    info(Action::PreviousMode, "previous-mode", "The mode before; before the first the structure stands still"),
    info(Action::SwingMore, "swing-more", "Modes: swing farther"),
    info(Action::SwingLess, "swing-less", "Modes: swing less far"),
    info(Action::Graphics, "graphics", "Draw the structure in pixels, half blocks or braille dots"),
    info(Action::Push, "push", "Push the residue under the cursor: who answers"),
    info(Action::Curve, "curve", "Flexibility as bars or a line; anisotropy; DFI, effectors, sensors, DCI"),
    info(Action::Compare, "compare", "Lay a second source over the flexibility: the next one, then none"),
    info(Action::Difference, "difference", "Coupling map: this source less the second one, or this one alone"),
    info(Action::Threshold, "threshold", "Coupling map: leave out what is nearer to zero than 0.2, 0.4, 0.6"),
    info(Action::Order, "order", "Order of the amino acids: property, alphabetical, mean; coupling: residues by domain"),
    info(Action::SortNext, "sort", "Triage: sort by the next column"),
    info(Action::SortReverse, "sort-reverse", "Triage: turn the order round"),
    info(Action::Filter, "filter", "Triage: filter the rows"),
    info(Action::Mark, "mark", "Mark or unmark the substitution (elsewhere: the residue)"),
    info(Action::WriteNote, "note", "Write a note on what is marked here"),
    info(Action::NextMatch, "next-match", "Next match of the search, or next mark"),
    info(Action::PreviousMatch, "previous-match", "Previous match of the search, or previous mark"),
    info(Action::Search, "search", "Search: residue number, motif, mutation"),
    info(Action::Command, "command", "Command line"),
    info(Action::Help, "help", "Every action, to search and run"),
    info(Action::Accept, "accept", "Take what is chosen; coupling: fix the pair's partner; mutations: what if"),
    info(Action::Undo, "undo", "Undo the last mark, note, filter or selection"),
    info(Action::Redo, "redo", "Do it again"),
    info(Action::Resume, "resume", "Take up the marks kept from an earlier session of this file"),
    info(Action::Export, "export", "Write files: tables, structures, scripts, pictures, a report"),
    info(Action::Copy, "copy", "Copy the marks, or what is under the cursor"),
    info(Action::Theme, "theme", "Next theme"),
    info(Action::Mouse, "mouse", "Mouse on or off (off: the terminal selects text)"),
    info(Action::OpenFile, "open", "Open another file"),
    info(Action::CancelJob, "cancel", "Stop the running job"),
    info(Action::Back, "back", "Back: close, clear, unfix"),
    info(Action::PrintMarksAndQuit, "print-and-quit", "Quit and print the marked mutants"),
    info(Action::Quit, "quit", "Quit"),
];

impl Action {
    /// How it is called and explained.
    #[must_use]
    pub fn info(self) -> &'static ActionInfo {
        ACTIONS
            .iter()
            .find(|i| i.action == self)
            .unwrap_or(&ACTIONS[0])
    }

    /// The action of that name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        ACTIONS.iter().find(|i| i.id == id).map(|i| i.action)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_is_listed_once() {
        let mut ids = BTreeSet::new();
        for entry in ACTIONS {
            assert!(ids.insert(entry.id), "{} twice", entry.id);
            assert_eq!(entry.action.info().id, entry.id);
            assert_eq!(Action::from_id(entry.id), Some(entry.action));
        }
        assert_eq!(ACTIONS.len(), Action::Quit as usize + 1);
    }
}
