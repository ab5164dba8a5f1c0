//! The whole state of the program, in three: the desk with the open protein, how it is looked at, and what
//! outlives it.

use std::sync::Arc;

use super::beside::Beside;
use super::collective::{Collective, Difference};
use super::desk::Desk;
use super::dynamics::{Conformations, Dynamics};
use super::job::Job;
use super::map_view::MapView;
use super::measured::MeasuredShown;
use super::messages::Notice;
use super::panel::Graphics;
use super::program::{Overlay, Program};
use super::view::View;
use crate::analysis::Source;
use crate::analysis::flexibility::ModeShape;

/// Everything that the picture is drawn from.
#[derive(Debug, Default)]
pub struct State {
    pub desk: Desk,
    pub view: View,
    pub program: Program,
}

impl State {
    #[must_use]
    pub fn dynamics(&self) -> Option<&Arc<Dynamics>> {
        self.desk.results.dynamics.get(&self.view.source?)
    }

    /// The ensemble of the dynamics on screen.
    #[must_use]
    pub fn ensemble(&self) -> Option<&Arc<Conformations>> {
        self.desk.results.ensembles.get(&self.view.source?)
    }

    /// Modes and responses of the dynamics on screen.
    #[must_use]
    pub fn collective(&self) -> Option<&Arc<Collective>> {
        self.desk.results.collectives.get(&self.view.source?)
    }

    /// The dynamics of the second source.
    #[must_use]
    pub fn compared(&self) -> Option<&Arc<Dynamics>> {
        let other = self.view.compare.filter(|o| Some(*o) != self.view.source)?;
        self.desk.results.dynamics.get(&other)
    }

    /// The difference of both sources, where the coupling map shows it.
    #[must_use]
    pub fn difference(&self) -> Option<&Arc<Difference>> {
        let of = (self.view.source?, self.view.compare?);
        let shown = self.desk.results.difference.as_ref();
        shown.filter(|d| self.view.difference && d.of == of)
    }

    /// Whether a source may have something to say here.
    #[must_use]
    pub fn offers(&self, source: Source) -> bool {
        let is_there = source != Source::SimulationRun || self.desk.run.is_some();
        is_there && !self.desk.results.refused_sources.contains_key(&source)
    }

    /// The second structure, once it is compared with the open one.
    #[must_use]
    pub fn beside(&self) -> Option<&Arc<Beside>> {
        self.desk.second.as_ref()?.beside.as_ref()
    }

    /// The mode that the structure swings along, with what it is one of.
    #[must_use]
    pub fn swinging(&self) -> Option<(&Collective, &ModeShape)> {
        let collective = self.collective()?;
        Some((collective, collective.mode(self.view.mode?)?))
    }

    /// Whether the structure moves by itself.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        let moves = self.view.animating && self.ensemble().is_some_and(|e| e.moves());
        (self.view.spinning || moves || self.swinging().is_some())
            && self.desk.subject.is_some()
            && !self.shows_welcome()
    }

    /// Width and height of a cell in pixels while the structure is drawn as a picture: not below an
    /// overlay, and not while it moves by itself, since pictures are long.
    #[must_use]
    pub fn picture_cell(&self) -> Option<(u16, u16)> {
        let is_plain = self.program.overlay == Overlay::None && !self.is_animated();
        self.program
            .cell_pixels
            .filter(|_| is_plain && self.view.graphics == Graphics::Pixels)
    }

    /// The mutation map on screen.
    #[must_use]
    pub fn map(&self) -> Option<&Arc<MapView>> {
        match (&self.desk.measured, self.view.measured_shown) {
            (Some(measured), MeasuredShown::Scores) => Some(&measured.view),
            (Some(measured), MeasuredShown::Disagreement) => measured.disagreement.as_ref(),
            _ => self.scored_map(),
        }
    }

    /// The map of the chosen method, whether or not it is on screen.
    #[must_use]
    pub fn scored_map(&self) -> Option<&Arc<MapView>> {
        self.desk.results.maps.get(&self.view.method?)
    }

    /// Number of residues on the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.desk.subject.as_ref().map_or(0, |s| s.len())
    }

    /// Whether something with coordinates is on the table.
    #[must_use]
    pub fn has_coordinates(&self) -> bool {
        self.desk
            .subject
            .as_ref()
            .is_some_and(|s| s.has_coordinates())
    }

    /// Whether nothing is on the table.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.desk.subject.is_none()
    }

    /// The job on the status line: the one that runs, else the first that waits.
    #[must_use]
    pub fn shown_job(&self) -> Option<&Job> {
        self.desk
            .jobs
            .values()
            .find(|job| job.started.is_some())
            .or_else(|| self.desk.jobs.values().next())
    }

    /// Whether the picture changes by itself as time goes by.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.is_animated() || !self.desk.jobs.is_empty() || self.program.opening.is_some()
    }

    /// Whether the welcome screen is shown.
    #[must_use]
    pub fn shows_welcome(&self) -> bool {
        self.program.picking || self.desk.subject.is_none()
    }

    /// Says something on the message line.
    pub fn say(&mut self, notice: Notice) {
        self.program.messages.say(self.program.clock, notice);
    }

    /// Says what is wrong with a result; what another one said since the last key is not said again.
    pub(super) fn warn(&mut self, warnings: &[String]) {
        for warning in warnings {
            let is_said = |notice: &Notice| notice.text == *warning;
            if !self.program.messages.fresh().any(is_said) {
                self.say(Notice::warning(warning.clone()));
            }
        }
    }

    /// What the status line says.
    #[must_use]
    pub fn notice(&self) -> Option<&Notice> {
        self.program.messages.shown()
    }
}
