//! What is open, in one row.
//!
//! ```text
//!  dynascope  1ake  chain A of A B · 214 residues · X-ray 2.0 Å                    2 marked
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text;
use crate::app::state::State;
use crate::app::subject::Subject;
use crate::protein::Method;
use crate::ui::theme::{Role, Theme};

pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, theme.style(Role::Bar));
    let bar = theme.style(Role::Bar);
    let mut x = 1;
    if area.width >= 60 {
        let style = text::on_bar(theme, Role::Dim);
        x = text::put(theme, area, x, 0, "dynascope", style, buf) + 2;
    }
    let Some(subject) = &state.desk.subject else {
        return;
    };
    let name = bar.patch(theme.style(Role::Accent));
    x = text::put(theme, area, x, 0, &subject.name, name, buf) + 2;
    let facts = facts(subject).join(" · ");
    x = text::put(theme, area, x, 0, &facts, bar, buf);
    if !state.desk.marks.is_empty() {
        let marked = format!("{} marked ", state.desk.marks.len());
        text::put_right(
            theme,
            area,
            x + 2,
            0,
            &marked,
            text::on_bar(theme, Role::Mark),
            buf,
        );
    }
}

fn facts(subject: &Subject) -> Vec<String> {
    let mut facts = Vec::new();
    let all = subject.all_chains();
    if all.len() > 1 {
        let shown = if subject.chains.len() == all.len() {
            format!("all {} chains", all.len())
        } else {
            let word = if subject.chains.len() == 1 {
                "chain"
            } else {
                "chains"
            };
            format!("{word} {} of {}", subject.chains.join(" "), all.len())
        };
        facts.push(shown);
    } else if all.len() == 1 {
        facts.push(format!("chain {}", all[0]));
    }
    facts.push(format!("{} residues", subject.len()));
    if subject.model_count() > 1 {
        facts.push(format!(
            "model {} of {}",
            subject.model + 1,
            subject.model_count()
        ));
    }
    if !subject.has_coordinates() {
        facts.push("sequence only".to_owned());
        if subject.records.len() > 1 {
            let (record, count) = (subject.record + 1, subject.records.len());
            facts.push(format!("{record} of {count} · [ ] switches"));
        }
        return facts;
    }
    match subject.structure.method {
        Method::Diffraction {
            resolution: Some(resolution),
        } => facts.push(format!("diffraction {resolution:.1} Å")),
        Method::Diffraction { resolution: None } => facts.push("diffraction".to_owned()),
        Method::Nmr => facts.push("NMR".to_owned()),
        Method::ElectronMicroscopy => facts.push("electron microscopy".to_owned()),
        Method::Predicted => facts.push("predicted".to_owned()),
        Method::Unknown => {}
    }
    if subject.b_meaning.is_told() {
        facts.push(format!("B column: {}", subject.b_meaning.what()));
    }
    facts
}
