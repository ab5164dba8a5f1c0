//! Every command of the program in one table: name, argument, help, keys and synonyms. The palette, the
//! `:` line, the keymap, the journal and kept sessions are made from it.

pub mod argument;

use argument::{
    Argument as _, Chains, Compared, Cutoff, Deviations, ExportTo, FileName, ModelNumber, Ordinal,
    Remark, ResidueSort, Runs, SortBy, Spot, Text, ThemeName, Turn, Values, Zoom,
};

use super::panel::{AminoAcidOrder, ColorBy, Curve, Graphics, Panel, Reading};
use crate::analysis::{ScanMethod, Source};

/// A line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub name: &'static str,
    /// How what follows is written; empty where nothing does.
    pub form: &'static str,
    pub help: &'static str,
    /// Keys as the keymap file writes them, the one to show first.
    pub keys: &'static str,
    /// Other names, for the `:` line and the palette.
    pub synonyms: &'static str,
    pub values: Values,
}

impl Entry {
    #[must_use]
    pub fn takes_argument(&self) -> bool {
        !self.form.is_empty()
    }

    #[must_use]
    pub fn is_called(&self, word: &str) -> bool {
        let word = word.to_lowercase();
        let mut names = self.synonyms.split_whitespace();
        self.name == word || names.any(|n| n.to_lowercase() == word)
    }
}

macro_rules! commands {
    (
        alone { $( $alone:ident $alone_name:literal $keys:literal $alone_help:literal $alone_synonyms:literal )* }
        with { $( $with:ident($argument:ty) $name:literal $form:literal $help:literal $synonyms:literal )* }
    ) => {
        /// Something that the user can have done.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Command {
            $( #[doc = $alone_help] $alone, )*
            $( #[doc = $help] $with($argument), )*
        }

        /// The table, in the order of the palette.
        pub const TABLE: &[Entry] = &[
            $( Entry {
                name: $alone_name,
                form: "",
                help: $alone_help,
                keys: $keys,
                synonyms: $alone_synonyms,
                values: Values::Free,
            }, )*
            $( Entry {
                name: $name,
                form: $form,
                help: $help,
                keys: "",
                synonyms: $synonyms,
                values: <$argument>::VALUES,
            }, )*
        ];

        impl Command {
            fn alone(name: &str) -> Option<Self> {
                match name {
                    $( $alone_name => Some(Self::$alone), )*
                    _ => None,
                }
            }

            fn with(name: &str, argument: &str) -> Option<Result<Self, String>> {
                match name {
                    $( $name => Some(<$argument>::read(argument).map(Self::$with)), )*
                    _ => None,
                }
            }

            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$alone => $alone_name, )*
                    $( Self::$with(_) => $name, )*
                }
            }

            fn argument(&self) -> Option<String> {
                match self {
                    $( Self::$alone => None, )*
                    $( Self::$with(argument) => Some(argument.write()), )*
                }
            }
        }
    };
}

commands! {
    alone {
        Left "left" "h left" "Previous residue · turn the structure left" ""
        Right "right" "l right" "Next residue · turn the structure right" ""
        Up "up" "k up" "Up: residue back by ten, pair partner, amino acid, row · tilt" ""
        Down "down" "j down" "Down: residue on by ten, pair partner, amino acid, row · tilt" ""
        PageLeft "page-left" "b pageup ctrl-u" "Twenty residues or rows back" ""
        PageRight "page-right" "w pagedown ctrl-d" "Twenty residues or rows on" ""
        Start "start" "0 H home g" "First residue or row" "first top"
        End "end" "$ L end G" "Last residue or row" "last bottom"
        PreviousResidue "previous-residue" "(" "One residue back, in every panel" ""
        NextResidue "next-residue" ")" "One residue on, in every panel" ""
        NextPanel "next-panel" "tab" "Next panel" ""
        PreviousPanel "previous-panel" "backtab" "Previous panel" ""
        FocusSequence "sequence" "1" "Panel: sequence" ""
        FocusFlexibility "flexibility" "2" "Panel: flexibility in Å" "flexible rmsf mobile motion"
        FocusCoupling "coupling" "3" "Panel: coupling map" "correlation"
        FocusStructure "structure" "4" "Panel: structure" "backbone"
        FocusMutations "mutations" "5" "Panel: mutation map" "substitutions heatmap stability ddg ΔΔG"
        FocusTriage "triage" "6" "Panel: triage table" "table list best"
        FocusResidues "residues" "7" "Panel: table of the residues" "list flexible mobile partners"
        FocusVariants "variants" "8" "Panel: list of variants" "list"
        ToggleExpanded "expand" "e" "Only the focused panel, and back" "maximise fullscreen"
        NextChain "next-chain" "]" "Next chain, or next sequence of a FASTA file" ""
        PreviousChain "previous-chain" "[" "Previous chain, or previous sequence of a FASTA file" ""
        NextModel "next-model" "}" "Next model of the file" ""
        PreviousModel "previous-model" "{" "Previous model of the file" ""
        NextSource "next-source" "s" "Next source of the predicted motion" ""
        NextMethod "next-method" "S" "Mutation score: next method" ""
        ZoomIn "zoom-in" "+ =" "Zoom in" ""
        ZoomOut "zoom-out" "-" "Zoom out" ""
        ZoomReset "zoom-reset" "z" "Zoom back to the whole" ""
        NextColor "color-by" "c" "Colour the structure by: next" ""
        Spin "spin" "space" "Rotate the structure, or stop it" "rotate"
        Animate "animate" "a" "Animate the structure through its ensemble, or stop it" "ensemble play"
        Reseed "reseed" "A" "Another ensemble, with the next seed" ""
        NextMode "next-mode" "i" "Animate the structure along its slowest mode, then the next ones" ""
        PreviousMode "previous-mode" "I" "Previous mode; before the first, the structure is at rest" ""
        SwingMore "swing-more" "." "Modes: larger amplitude" ""
        SwingLess "swing-less" "," "Modes: smaller amplitude" ""
        NextGraphics "graphics" "P" "Draw the structure in pixels, half blocks or braille dots" "pixels"
        Push "push" "p" "Push the residue under the cursor: which residues respond" "perturb response"
        NextCurve "curve" "v" "Flexibility as bars or a line; anisotropy; DFI, effectors, sensors, DCI" "anisotropy"
        NextCompared "compare" "X" "Overlay a second source on the flexibility: the next one, then none" "overlay"
        Difference "difference" "d" "Coupling map: this source minus the second one, or this one alone" ""
        NextReading "reading" "C" "Coupling map: cross-correlation (DCCM), linear mutual information (LMI), or PAE" "dccm lmi pae"
        NextThreshold "threshold" "T" "Coupling map: hide what is closer to zero than 0.2, 0.4, 0.6" ""
        NextOrder "order" "o" "Order of the amino acids: property, alphabetical, mean; coupling: residues by domain" ""
        SortNext "sort" ">" "Tables: sort by the next column" "rank"
        SortReverse "sort-reverse" "<" "Tables: reverse the order" ""
        AskFilter "filter" "f" "Tables: filter the rows" ""
        Mark "mark" "m" "Mark or unmark the substitution (elsewhere: the residue)" "select pick"
        MarkShown "mark-shown" "*" "Triage, residues: mark every row that is shown" "mark-all"
        WriteNote "note" "M" "Write a note on what is marked here" "remark comment"
        NextMatch "next-match" "n" "Next match of the search, or next mark" ""
        PreviousMatch "previous-match" "N" "Previous match of the search, or previous mark" ""
        Search "search" "/" "Search: residue number, motif, mutation" "find goto"
        CommandLine "command" ":" "Command line" ""
        Help "help" "? ctrl-p f1" "Every command, to search and run" "palette keys h"
        Accept "accept" "enter" "Choose; coupling: keep the partner, then swap with it; mutations: what if" "what-if"
        Messages "messages" "!" "All messages" "log warnings errors"
        Undo "undo" "u" "Undo the last mark, note, filter or selection" ""
        Redo "redo" "ctrl-r" "Redo what was undone" ""
        Resume "resume" "R" "Restore the marks saved in an earlier session of this file" ""
        AskExport "export" "x" "Write files: tables, structures, scripts, pictures, a report" "save write w files csv pymol report"
        Copy "copy" "y" "Copy the marks, or what is under the cursor" "yank clipboard"
        NextTheme "theme" "t" "Next theme" "dark light"
        ToggleMouse "mouse" "ctrl-g" "Mouse on or off (off: the terminal selects text)" ""
        AskFile "open" "O ctrl-o" "Open another file" "load e edit"
        Cancel "cancel" "ctrl-x" "Stop the running job" "stop abort"
        Back "back" "esc" "Back: close, clear, unfix" ""
        Quit "quit" "q ctrl-c" "Quit" "exit q q! leave"
        PrintMarksAndQuit "print-and-quit" "ctrl-e" "Quit and print the marked mutants" ""
    }
    with {
        Find(Text) "find" "42 | A:42 | GxGxxG | A42G" "Go to a residue, a motif or a mutation" "goto search"
        Open(FileName) "open" "1ake.pdb" "Open a file" "load e edit"
        Sequence(Option<FileName>) "sequence" "construct.fasta | none" "Complete the structure from the FASTA file of its whole construct" "fasta"
        Chain(Chains) "chain" "A | A,B | all" "Chains to study" "chains"
        Model(ModelNumber) "model" "2" "Model of the file, counted from 1" ""
        Assembly(Option<Text>) "assembly" "1 | none" "Biological assembly: copies of the chains around what is studied" "biomt biounit symmetry"
        Context(bool) "context" "on | off" "Count neighbours in elastic networks, burial and accessibility" "environment"
        Neighbours(bool) "neighbours" "on | off" "Draw neighbours in grey: other chains, nucleic acids, ligands, metals" "ligands neighbors hetero"
        Record(Ordinal) "record" "2" "Sequence of the file, counted from 1" ""
        Source(Source) "source" "learned | solution | crystal | dynaprot | pfanm | anm | gnm" "Source of the predicted motion" "network"
        Compare(Option<Compared>) "compare" "FILE | FILE:B | B | #2 | anm | none" "Lay a second structure, chain, model or source beside this one" "overlay superpose align rmsd"
        Scan(ScanMethod) "scan" "stability | structure | wt-marginals | …" "Mutation score, by method" "score method stability ddg ΔΔG"
        Fetch(Text) "fetch" "esm2-650m" "Published weights: what they are and how large" "download"
        Bring(Text) "fetch!" "esm2-650m" "Download published weights" "download!"
        Weights(FileName) "weights" "FOLDER | FILE.safetensors | esm2-35m" "Weights of scoring methods" "model-weights"
        Data(Option<FileName>) "data" "scores.csv | scores.csv:COLUMN offset 1 damaging | none" "Your own table of mutants and scores, shown on the map" "dms overlay measured experiment"
        Msa(Option<FileName>) "msa" "family.a3m | none" "Aligned sequences: conservation, and the scores lor, rsalor and combined" "alignment conservation homologs"
        Trajectory(Option<Runs>) "trajectory" "run.xtc, more.dcd frames 101::10 | none" "Frames of a simulation as a source: XTC, TRR, DCD, models" "simulation md xtc dcd trr"
        Pae(Option<FileName>) "pae" "model_pae.json | none" "Predicted aligned error (PAE) of the model: AlphaFold, ColabFold, Boltz, Chai" "confidence alphafold"
        Variants(Option<FileName>) "variants" "list.csv | K6R,L8G A28W:G35S | none" "Score a list of variants by every method that is here, and rank it" "list score mutations"
        Select(Option<Text>) "select" "resi 20-60 and chain A | none" "Residues to highlight" "selection"
        Filter(Option<Text>) "filter" "rmsf < 1 and ddg < 0 | none" "Rows of the triage table" ""
        Sort(SortBy) "sort" "ddg ascending" "Order of the triage table" "rank"
        Top(Option<Ordinal>) "top" "10 | none" "Triage: the first rows only" "best first"
        Residues(ResidueSort) "residues" "rmsf | coupling ascending" "Residues, sorted by a column" "list"
        ResidueFilter(Option<Text>) "residue-filter" "rmsf > 1 and burial > 20 | none" "Rows of the table of residues" ""
        At(Spot) "at" "A:42 | A:Q42W | A:42 with A:57" "Put the cursor on a residue, a substitution or a pair" ""
        MarkNamed(Text) "mark" "A42G | A:42" "Mark a residue or a substitution" ""
        Unmark(Text) "unmark" "A42G | A:42" "Remove a mark" ""
        Note(Remark) "note" "A42G your note" "Mark with a note" "remark comment"
        Export(ExportTo) "export" "scores.csv | report page.html" "Write a file" "save write w"
        Replace(ExportTo) "export!" "scores.csv | report page.html" "Write a file, replacing an existing one" "save! write! w!"
        Panel(Panel) "panel" "triage" "Focus a panel" "focus"
        Expand(bool) "expand" "on | off" "Only the focused panel, or all" ""
        Color(ColorBy) "color" "rmsf | anisotropy | b | coupling | score | secondary | chain | domain | conservation | pae-domain" "Colour the structure" "colour"
        Curve(Curve) "curve" "bars | line | distance | anisotropy | dfi | effectors | sensors | dci" "What the flexibility panel draws" ""
        Graphics(Graphics) "graphics" "pixels | halfblock | braille" "What the structure is drawn with" ""
        Threshold(Cutoff) "threshold" "0.2" "Hide couplings that are closer to zero" ""
        Coupling(Reading) "coupling" "correlation | lmi | pae" "What the coupling map shows: DCCM, linear mutual information, or PAE" "reading"
        Order(AminoAcidOrder) "order" "property | alphabetical | mean" "Rows of the mutation map" ""
        Mode(Option<Ordinal>) "mode" "1 | none" "Animate the structure along a mode" "nma"
        Amplitude(Deviations) "amplitude" "2" "Amplitude of modes, in standard deviations" ""
        Ensemble(u64) "ensemble" "1" "Draw the ensemble of a seed" "seed"
        Turn(Turn) "turn" "0.25 0.4 1" "Turn the structure: radians about x and y, magnification" "rotate"
        Zoom(Zoom) "zoom" "0 0 0" "Zoom the bars, the mutation map and the coupling map by steps" ""
        Theme(ThemeName) "theme" "dark" "Theme, by name" "colors"
        Mouse(bool) "mouse" "on | off" "Mouse, or leave it to the terminal" ""
    }
}

impl Command {
    /// Reads a command: what [`Command::to_line`] writes, a synonym, or a place to go to.
    ///
    /// # Errors
    /// What is wrong and how it is written.
    pub fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim();
        let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let argument = argument.trim();
        let alone = find(name, false).filter(|_| argument.is_empty());
        if let Some(command) = alone.and_then(|entry| Self::alone(entry.name)) {
            return Ok(command);
        }
        if let Some(entry) = find(name, true)
            && let Some(read) = Self::with(entry.name, argument)
        {
            return read.map_err(|why| format!("{why} · `:{} {}`", entry.name, entry.form));
        }
        if line.contains(|c: char| c.is_ascii_digit()) {
            return Text::read(line).map(Self::Find);
        }
        Err(match alone.or_else(|| find(name, false)) {
            Some(entry) => format!("nothing follows '{}'", entry.name),
            None => format!("no command '{name}'; Tab lists them"),
        })
    }

    /// The line that [`Command::parse`] reads back to the same.
    #[must_use]
    pub fn to_line(&self) -> String {
        match self.argument() {
            Some(argument) => format!("{} {argument}", self.name()),
            None => self.name().to_owned(),
        }
    }
}

/// The entry of that name, else the first with that synonym, of those that do or do not take an argument.
fn find(word: &str, takes_argument: bool) -> Option<&'static Entry> {
    let mut entries = TABLE
        .iter()
        .filter(|e| e.takes_argument() == takes_argument);
    let named = entries.clone().find(|e| e.name == word);
    named.or_else(|| entries.find(|e| e.is_called(word)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests;
