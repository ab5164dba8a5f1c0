//! Buffers of the bars.

use super::*;
use crate::ui::widgets::testing::{
    ascii, assert_ascii, assert_colorless, draw, every_size, lines, mono, themes, truecolor,
};

const VALUES: [f64; 8] = [0.0, 0.5, 1.0, f64::NAN, 2.0, 1.5, 0.1, 1.0];

#[test]
fn heights_are_in_eighths() {
    let theme = truecolor();
    let buffer = draw(
        &ResidueBars {
            top: Some(2.0),
            ..ResidueBars::new(&VALUES, &theme)
        },
        8,
        2,
    );
    assert_eq!(lines(&buffer), ["    █▄", " ▄█╱██▁█"]);
    assert_eq!(buffer[(4, 0)].fg, theme.motion.shade(1.0).color);
    assert_eq!(buffer[(1, 1)].fg, theme.motion.shade(0.25).color);
    assert_eq!(buffer[(3, 1)].fg, theme.color(Role::Missing));
}

#[test]
fn a_narrow_plot_says_what_a_column_is() {
    let theme = truecolor();
    let values: Vec<f64> = (0..90).map(|i| f64::from(i % 3)).collect();
    let bars = ResidueBars {
        window: (0, 90),
        ..ResidueBars::new(&values, &theme)
    };
    let max = lines(&draw(&bars, 34, 4));
    let area = ratatui::layout::Rect::new(0, 0, 34, 4);
    assert_eq!(bars.reduction(area).as_deref(), Some("max of 3 a column"));
    assert!(
        max[1]
            .trim_start_matches(['│', ' '])
            .chars()
            .all(|c| c == '█'),
        "{max:?}"
    );
    let mean = ResidueBars {
        reduce: Reduce::Mean,
        ..bars
    };
    assert_eq!(mean.reduction(area).as_deref(), Some("mean of 3 a column"));
}

#[test]
fn the_experiment_lies_over_the_bars() {
    let theme = truecolor();
    let bars = ResidueBars {
        top: Some(2.0),
        experiment: &[1.6, 0.1],
        ..ResidueBars::new(&[2.0, 2.0], &theme)
    };
    let buffer = draw(&bars, 2, 2);
    let cell = &buffer[(0, 0)];
    assert_eq!(
        (cell.symbol(), cell.fg),
        ("─", theme.color(Role::Experiment))
    );
    assert_eq!(cell.bg, theme.motion.shade(1.0).color);
}

#[test]
fn the_cursor_has_its_number() {
    let theme = truecolor();
    let numbers: Vec<i32> = (1..=8).collect();
    let bars = ResidueBars {
        numbers: &numbers,
        cursor: Some(6),
        ..ResidueBars::new(&VALUES, &theme)
    };
    let buffer = draw(&bars, 8, 4);
    assert_eq!(lines(&buffer)[3], "    5 7");
    assert_eq!(buffer[(6, 0)].bg, theme.style(Role::CursorLine).bg.unwrap());
    assert_eq!(bars.hit(Rect::new(0, 0, 8, 4), 6, 1), Some(6));
}

#[test]
fn every_terminal_and_size() {
    for theme in themes() {
        for mode in [BarMode::Bars, BarMode::Line] {
            let bars = ResidueBars {
                mode,
                experiment: &VALUES,
                overlay: &[1.0; 3],
                numbers: &[1, 2, 3],
                unit: "Å",
                cursor: Some(2),
                marked: &[true; 8],
                ..ResidueBars::new(&VALUES, &theme)
            };
            every_size(|area, buffer| (&bars).render(area, buffer));
        }
        every_size(|area, buffer| (&ResidueBars::new(&[], &theme)).render(area, buffer));
        every_size(|area, buffer| {
            (&ResidueBars::new(&[f64::NAN; 5], &theme)).render(area, buffer);
        });
    }
    let (mono, ascii) = (mono(), ascii());
    assert_colorless(&draw(
        &ResidueBars {
            cursor: Some(1),
            ..ResidueBars::new(&VALUES, &mono)
        },
        30,
        6,
    ));
    assert_ascii(&draw(
        &ResidueBars {
            cursor: Some(1),
            experiment: &VALUES,
            ..ResidueBars::new(&VALUES, &ascii)
        },
        30,
        6,
    ));
}

#[test]
fn a_curve_of_another_level_has_its_own_axis_and_chains_are_divided() {
    let theme = truecolor();
    let values = [1.0; 60];
    let numbers: Vec<i32> = (1..=30).chain(1..=30).collect();
    let divisions = [Division::new(0, "A"), Division::new(30, "B")];
    let bars = ResidueBars {
        top: Some(2.0),
        experiment: &[0.1; 60],
        experiment_top: Some(0.2),
        numbers: &numbers,
        divisions: &divisions,
        unit: "Å",
        ..ResidueBars::new(&values, &theme)
    };
    let found = lines(&draw(&bars, 70, 6));
    assert!(
        found[0].ends_with("├0.2") && found[4].ends_with("├0"),
        "{found:?}"
    );
    assert_eq!(found[2].matches('┊').count(), 0, "{found:?}");
    assert_eq!(found[0].matches('┊').count(), 1, "{found:?}");
    assert!(
        found[5].contains('A') && found[5].contains('B'),
        "{found:?}"
    );
    // Half of 0.2 is where half of 2 is.
    assert!(
        found[2].contains('▔') || found[2].contains('─') || found[2].contains('▁'),
        "{found:?}"
    );
}

#[test]
fn what_goes_beyond_the_axis_is_marked() {
    let theme = truecolor();
    let bars = ResidueBars {
        top: Some(2.0),
        ..ResidueBars::new(&[1.0, 9.0, 2.0], &theme)
    };
    assert_eq!(lines(&draw(&bars, 3, 2)), [" ▲█", "███"]);
    assert_eq!(
        lines(&draw(
            &ResidueBars {
                theme: &ascii(),
                ..bars
            },
            3,
            2
        )),
        [" ^#", "###"]
    );
}

#[test]
fn bars_that_are_cut_off_say_how_far_they_go() {
    let theme = truecolor();
    let mut values = [1.0; 20];
    for (at, value) in [(3, 9.0), (4, 12.25), (18, 3.5)] {
        values[at] = value;
    }
    let bars = ResidueBars {
        top: Some(2.0),
        ..ResidueBars::new(&values, &theme)
    };
    let rows = lines(&draw(&bars, 20, 3));
    assert_eq!(rows[0].trim_end(), "   ▲▲12.0      3.5▲");
}
