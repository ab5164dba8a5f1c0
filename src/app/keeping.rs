//! What a user would miss of the state: for the journal, and kept between runs.

use super::command::Command;
use super::command::argument::{
    Compared, Cutoff, FileName, Ordinal, ResidueSort, Runs, SortBy, Text, ThemeName, Turn, Zoom,
};
use super::kept::{Kept, NamedMark, file, full_name, shelf_key};
use super::marks::{MarkKey, Marks};
use super::measured::MeasuredShown;
use super::settings::fields;
use super::snapshot::Snapshot;
use super::state::State;
use super::view::View;

impl State {
    pub(super) fn named_marks(&self) -> Vec<NamedMark> {
        let Some(subject) = &self.desk.subject else {
            return Vec::new();
        };
        let named = |(key, note): (MarkKey, &str)| {
            Some(NamedMark {
                name: full_name(subject, key)?,
                note: note.to_owned(),
            })
        };
        self.desk.marks.iter().filter_map(named).collect()
    }

    /// What a name stands for here: a residue (`A:42`) or a substitution of it (`A:Q42W`, `Q42W`).
    #[must_use]
    pub fn key_of_name(&self, name: &str) -> Option<MarkKey> {
        let subject = self.desk.subject.as_ref()?;
        if let Some(key) = subject.protein.named(name) {
            return Some(key);
        }
        match super::search::find(subject, name).ok()?[..] {
            [only] if only.length == 1 => Some((only.index, only.mutant)),
            _ => None,
        }
    }

    /// What is to be kept now; `None` where nothing is open that could be opened again.
    #[must_use]
    pub fn kept(&self) -> Option<Kept> {
        let subject = self.desk.subject.as_deref()?;
        subject.path.as_ref()?;
        let mut marks = self.program.shelf.clone();
        marks.insert(shelf_key(subject), self.named_marks());
        let mut snapshot = self.snapshot();
        // They are kept by name, for this and every other part of the file.
        snapshot.marks = Marks::default();
        let commands = snapshot.since(&Snapshot::default());
        Some(Kept {
            file: file(subject),
            commands: commands.iter().map(Command::to_line).collect(),
            marks,
        })
    }

    /// The state as far as it is kept.
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            subject: self.desk.subject.clone(),
            weights: self.program.given_weights.clone(),
            sequence: self.program.sequence_file.clone(),
            around: self.program.around.clone(),
            settings: settings(self),
            cursor: self.desk.cursor,
            marks: self.desk.marks.clone(),
        }
    }

    /// Writes down what has changed since the last line.
    pub(super) fn write_journal(&mut self) {
        let now = self.snapshot();
        self.program.journal.record(now);
    }

    /// Writes down something that leaves no trace in the state.
    pub(super) fn write_line(&mut self, line: Command) {
        self.write_journal();
        self.program.journal.push(line);
    }
}

/// What is set now, in the order in which it is to be said.
fn settings(state: &State) -> Vec<Command> {
    let view = &state.view;
    let is_scored = state.view.measured_shown == MeasuredShown::No;
    let method = state.view.method.filter(|_| is_scored);
    let data = Text::new(&state.program.data_file).map(FileName);
    let theme = Text::new(&state.program.theme).map(ThemeName);
    let sort = state
        .view
        .rows
        .sort
        .map(|(measure, order)| SortBy { measure, order });
    let ensemble = state.ensemble().map(|e| e.seed);
    let msa = Text::new(&state.program.msa_file).map(FileName);
    let variants = Text::new(&state.program.variants).map(FileName);
    let mut all = vec![
        Command::Data(data),
        Command::Msa(msa),
        Command::Trajectory(runs(state)),
        Command::Pae(Text::new(&state.desk.pae_file).map(FileName)),
        Command::Variants(variants),
    ];
    all.extend(state.view.source.map(Command::Source));
    all.extend(method.map(Command::Scan));
    all.push(Command::Panel(view.focus));
    all.extend(fields(view));
    all.extend([
        Command::Curve(view.curve),
        Command::Compare(compared(state)),
        Command::Graphics(view.graphics),
        Command::Threshold(Cutoff(view.threshold)),
        Command::Turn(turn(view)),
        Command::Zoom(zoom(view)),
    ]);
    all.extend(theme.map(Command::Theme));
    all.extend([
        Command::Select(Text::new(&state.desk.selection_text)),
        Command::Filter(Text::new(&state.view.rows.filter_text)),
    ]);
    all.extend(sort.map(Command::Sort));
    all.push(Command::Top(
        view.rows
            .top
            .and_then(|n| n.checked_sub(1))
            .map(Ordinal::of),
    ));
    all.push(Command::ResidueFilter(Text::new(
        &view.residues.filter_text,
    )));
    let residues = view.residues.sort;
    all.extend(residues.map(|(measure, order)| Command::Residues(ResidueSort { measure, order })));
    all.extend(ensemble.map(Command::Ensemble));
    all
}

fn compared(state: &State) -> Option<Compared> {
    let second = state.desk.second.as_ref();
    let structure = second.and_then(|second| Text::new(&second.name));
    let source = state.view.compare.map(Compared::Source);
    structure.map(Compared::Structure).or(source)
}

fn runs(state: &State) -> Option<Runs> {
    let run = state.desk.run.as_ref()?;
    let text = |file: &std::path::PathBuf| Text::new(&file.display().to_string());
    Some(Runs {
        files: run.files.iter().filter_map(text).collect(),
        frames: run.frames,
    })
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
