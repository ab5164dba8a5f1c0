//! Every action of the program in one table: it feeds the keys, the palette, the hints and the
//! keymap file.

/// Something the user can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each is described in the table below")]
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
    Push,
    Curve,
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
    /// A word or two for the hint bar; empty = never hinted.
    pub hint: &'static str,
    /// Keys unless the user says otherwise.
    pub keys: &'static [&'static str],
}

const fn info(
    action: Action,
    id: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> ActionInfo {
    ActionInfo {
        action,
        id,
        help,
        hint,
        keys,
    }
}

/// The table, in the order of the palette.
#[rustfmt::skip]
pub const ACTIONS: &[ActionInfo] = &[
    info(Action::Left, "left", &["h", "left"], "move", "Previous residue · turn the structure left"),
    info(Action::Right, "right", &["l", "right"], "", "Next residue · turn the structure right"),
    info(Action::Up, "up", &["k", "up"], "", "Up: residue back by ten, pair partner, amino acid, row · tilt"),
    info(Action::Down, "down", &["j", "down"], "", "Down: residue on by ten, pair partner, amino acid, row · tilt"),
    info(Action::PageLeft, "page-left", &["b", "pageup"], "", "Twenty residues back"),
    info(Action::PageRight, "page-right", &["w", "pagedown"], "", "Twenty residues on"),
    info(Action::Start, "start", &["0", "H", "home"], "", "First residue"),
    info(Action::End, "end", &["$", "L", "end"], "", "Last residue"),
    info(Action::NextPanel, "next-panel", &["tab"], "panel", "Next panel"),
    info(Action::PreviousPanel, "previous-panel", &["backtab"], "", "Previous panel"),
    info(Action::FocusSequence, "sequence", &["1"], "", "Panel: sequence"),
    info(Action::FocusFlexibility, "flexibility", &["2"], "", "Panel: flexibility in Å"),
    info(Action::FocusCoupling, "coupling", &["3"], "", "Panel: coupling map"),
    info(Action::FocusStructure, "structure", &["4"], "", "Panel: structure"),
    info(Action::FocusMutations, "mutations", &["5"], "", "Panel: mutation map"),
    info(Action::FocusTriage, "triage", &["6"], "", "Panel: triage table"),
    info(Action::Expand, "expand", &["e"], "expand", "The focused panel alone, and back"),
    info(Action::NextChain, "next-chain", &["]"], "", "Next chain, or next sequence of a FASTA file"),
    info(Action::PreviousChain, "previous-chain", &["["], "", "Previous chain, or previous sequence of a FASTA file"),
    info(Action::NextModel, "next-model", &["}"], "", "Next model of the file"),
    info(Action::PreviousModel, "previous-model", &["{"], "", "Previous model of the file"),
    info(Action::NextSource, "next-source", &["s"], "source", "Who predicts the motion: next source"),
    info(Action::NextMethod, "next-method", &["S"], "score", "Mutation score: next method"),
    info(Action::ZoomIn, "zoom-in", &["+", "="], "zoom", "Zoom in"),
    info(Action::ZoomOut, "zoom-out", &["-"], "", "Zoom out"),
    info(Action::ZoomReset, "zoom-reset", &["z"], "", "Zoom back to the whole"),
    info(Action::ColorBy, "color-by", &["c"], "colour", "Colour the structure by: next"),
    info(Action::Spin, "spin", &["space"], "spin", "Let the structure turn, or stop it"),
    info(Action::Animate, "animate", &["a"], "move", "Let the structure move through its ensemble, or stop it"),
    info(Action::Reseed, "reseed", &["A"], "", "Another ensemble, with the next seed"),
    info(Action::Push, "push", &["p"], "push", "Push the residue under the cursor: who answers"),
    info(Action::Curve, "curve", &["v"], "line", "Flexibility as bars, as a line, or its anisotropy"),
    info(Action::Threshold, "threshold", &["T"], "threshold", "Coupling map: leave out what is nearer to zero than 0.2, 0.4, 0.6"),
    info(Action::Order, "order", &["o"], "order", "Order of the amino acids: property, alphabetical, mean"),
    info(Action::SortNext, "sort", &[">"], "sort", "Triage: sort by the next column"),
    info(Action::SortReverse, "sort-reverse", &["<"], "", "Triage: turn the order round"),
    info(Action::Filter, "filter", &["f"], "filter", "Triage: filter the rows"),
    info(Action::Mark, "mark", &["m"], "mark", "Mark or unmark the substitution (elsewhere: the residue)"),
    info(Action::WriteNote, "note", &["M"], "", "Write a note on what is marked here"),
    info(Action::NextMatch, "next-match", &["n"], "", "Next match of the search, or next mark"),
    info(Action::PreviousMatch, "previous-match", &["N"], "", "Previous match of the search, or previous mark"),
    info(Action::Search, "search", &["/"], "find", "Search: residue number, motif, mutation"),
    info(Action::Command, "command", &[":"], "command", "Command line"),
    info(Action::Help, "help", &["?", "ctrl-p", "f1"], "help", "Every action, to search and run"),
    info(Action::Accept, "accept", &["enter"], "", "Take what is chosen; coupling: fix the pair's partner; mutations: what if"),
    info(Action::Undo, "undo", &["u"], "", "Undo the last mark or note"),
    info(Action::Redo, "redo", &["ctrl-r"], "", "Do it again"),
    info(Action::Copy, "copy", &["y"], "copy", "Copy the marks, or what is under the cursor"),
    info(Action::Theme, "theme", &["t"], "", "Next theme"),
    info(Action::Mouse, "mouse", &["ctrl-g"], "", "Mouse on or off (off: the terminal selects text)"),
    info(Action::OpenFile, "open", &["O", "ctrl-o"], "", "Open another file"),
    info(Action::CancelJob, "cancel", &["ctrl-x"], "", "Stop the running job"),
    info(Action::Back, "back", &["esc"], "", "Back: close, clear, unfix"),
    info(Action::PrintMarksAndQuit, "print-and-quit", &["ctrl-e"], "", "Quit and print the marked mutants"),
    info(Action::Quit, "quit", &["q", "ctrl-c"], "quit", "Quit"),
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
    fn every_action_is_listed_once_with_keys_of_its_own() {
        let mut ids = BTreeSet::new();
        let mut keys = BTreeSet::new();
        for entry in ACTIONS {
            assert!(ids.insert(entry.id), "{} twice", entry.id);
            assert_eq!(entry.action.info().id, entry.id);
            assert_eq!(Action::from_id(entry.id), Some(entry.action));
            for key in entry.keys {
                assert!(keys.insert(*key), "{key} does two things");
            }
        }
        assert_eq!(ACTIONS.len(), Action::Quit as usize + 1);
    }
}
