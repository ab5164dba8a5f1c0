//! The dialog of every file that can be written.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::export::product::Product;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportDialog {
    pub lines: Vec<Product>,
    /// The line that Enter takes.
    pub selected: usize,
}

/// What a key did to the dialog.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    Open,
    Closed,
    /// This is to be written.
    Write(Product),
}

impl ExportDialog {
    pub fn key(&mut self, key: KeyEvent) -> Picked {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Picked::Closed,
            KeyCode::Up | KeyCode::Char('k') => self.step(-1),
            KeyCode::Down | KeyCode::Char('j') | KeyCode::Tab => self.step(1),
            KeyCode::PageUp => self.step(-10),
            KeyCode::PageDown => self.step(10),
            KeyCode::Home => self.selected = 0,
            KeyCode::End => self.step(isize::MAX / 2),
            KeyCode::Enter | KeyCode::Right | KeyCode::Char('l') => {
                let chosen = self.lines.get(self.selected);
                return chosen.map_or(Picked::Closed, |product| Picked::Write(*product));
            }
            KeyCode::Esc | KeyCode::Left | KeyCode::Backspace | KeyCode::Char('q' | 'h' | 'x') => {
                return Picked::Closed;
            }
            _ => {}
        }
        Picked::Open
    }

    pub fn step(&mut self, by: isize) {
        let last = self.lines.len().saturating_sub(1) as isize;
        self.selected = (self.selected as isize).saturating_add(by).clamp(0, last) as usize;
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// They are there: the one asked for, and those beside it.
    Done(Vec<String>),
    /// One of that name is there already; nothing was written.
    Exists(String),
    /// Nothing was written; why.
    Failed(String),
}
