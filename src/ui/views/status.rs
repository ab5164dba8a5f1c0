//! The line that says what goes on: a message, a job with its progress; where the numbers come from.
//!
//! ```text
//!  ESM-2 masked marginals ████████░░░░ 62 % 4 s left         pfANM · cpu f64 · 12 ms · 3.1 kB sent
//! ```

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::messages::look;
use super::text;
use crate::app::Command;
use crate::app::job::Job;
use crate::app::state::State;
use crate::study::Provenance;
use crate::ui::theme::{Role, Theme};

/// Columns of the progress bar.
const BAR: u16 = 12;

pub fn draw(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    buf.set_style(area, theme.style(Role::Bar));
    let x = left(state, theme, area, buf);
    let mut parts = provenance(state);
    parts.push(format!("{} sent ", amount(state.program.bytes_sent)));
    // What matters least gives way first.
    while !parts.is_empty() {
        if text::put_right(
            theme,
            area,
            x + 2,
            0,
            &parts.join(" · "),
            text::on_bar(theme, Role::Dim),
            buf,
        ) {
            break;
        }
        parts.pop();
        if let Some(last) = parts.last_mut() {
            last.push(' ');
        }
    }
}

/// The message in lines as wide as the screen, and how it looks.
fn said(state: &State, theme: &Theme, width: u16) -> Option<(Vec<String>, Style)> {
    let notice = state.notice()?;
    let (sign, role) = look(theme, notice.level);
    let more = match state.program.messages.fresh().len() {
        0 | 1 => String::new(),
        all => {
            let key = state.program.keymap.key_name(&Command::Messages);
            format!(" · {key} lists {} more", all - 1)
        }
    };
    let text = format!("{sign}{}{more}", notice.text);
    let lines = text::wrap(&text, usize::from(width.saturating_sub(2)));
    Some((lines, theme.style(role)))
}

/// Goes on with a message that is longer than the line; whether it is.
pub(super) fn rest(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> bool {
    let Some((lines, style)) = said(state, theme, area.width).filter(|(l, _)| l.len() > 1) else {
        return false;
    };
    text::put(theme, area, 1, 0, &lines[1..].join(" "), style, buf);
    true
}

fn left(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> u16 {
    let bar = theme.style(Role::Bar);
    if let Some((lines, style)) = said(state, theme, area.width) {
        let first = lines.first().map_or("", String::as_str);
        return text::put(theme, area, 1, 0, first, bar.patch(style), buf);
    }
    if let Some(name) = &state.program.opening {
        return text::put(theme, area, 1, 0, &format!("reading {name}"), bar, buf);
    }
    match state.shown_job() {
        Some(job) => progress(job, state, theme, area, buf),
        None => 0,
    }
}

fn progress(job: &Job, state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> u16 {
    let bar = theme.style(Role::Bar);
    let mut x = text::put(theme, area, 1, 0, &job.label, bar, buf) + 1;
    if let Some(fraction) = job.fraction() {
        let filled = (fraction * f64::from(BAR)).round() as u16;
        for i in 0..BAR.min(area.width.saturating_sub(x)) {
            let (full, free) = (theme.glyphs.choose('━', '#'), theme.glyphs.choose('─', '-'));
            let (glyph, role) = if i < filled {
                (full, Role::Accent)
            } else {
                (free, Role::Dim)
            };
            let mut text = [0; 4];
            let style = text::on_bar(theme, role);
            text::put(
                theme,
                area,
                x + i,
                0,
                glyph.encode_utf8(&mut text),
                style,
                buf,
            );
        }
        x = (x + BAR).min(area.width);
        x = text::put(
            theme,
            area,
            x,
            0,
            &format!(" {:.0} %", fraction * 100.0),
            bar,
            buf,
        );
        if let Some(left) = job.time_left(state.program.clock) {
            x = text::put(
                theme,
                area,
                x,
                0,
                &format!(" · {} left", time(left)),
                bar,
                buf,
            );
        }
    } else {
        x = text::put(theme, area, x, 0, job.phase, bar, buf);
    }
    let others = state.desk.jobs.len() - 1;
    if others > 0 {
        x = text::put(theme, area, x, 0, &format!(" · {others} more"), bar, buf);
    }
    let key = state.program.keymap.key_name(&Command::Cancel);
    let hint = format!(" · {key} stops");
    text::put(
        theme,
        area,
        x,
        0,
        &hint,
        text::on_bar(theme, Role::Dim),
        buf,
    )
}

fn provenance(state: &State) -> Vec<String> {
    let shown = state
        .dynamics()
        .map(|d| &d.report().provenance)
        .or_else(|| state.map().and_then(|m| m.provenance.as_ref()));
    shown.map_or_else(Vec::new, |p: &Provenance| {
        let mut parts = vec![p.source.clone()];
        if p.model != "-" && p.model != p.source {
            parts.push(p.model.clone());
        }
        parts.push(format!("{} {}", p.device, p.dtype));
        parts.push(time(p.elapsed));
        parts
    })
}

fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 1.0 {
        format!("{:.0} ms", seconds * 1000.0)
    } else if seconds < 90.0 {
        format!("{seconds:.0} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}

fn amount(bytes: u64) -> String {
    let bytes = bytes as f64;
    if bytes < 1e6 {
        format!("{:.0} kB", bytes / 1e3)
    } else {
        format!("{:.1} MB", bytes / 1e6)
    }
}
