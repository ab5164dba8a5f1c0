//! Cells, colours and sizes of the mutation map.

use super::*;
use crate::analysis::{MutationMap, ScanMethod};
use crate::ui::widgets::testing::{
    ascii, assert_ascii, assert_colorless, draw, every_size, lines, mono, themes, truecolor,
};

fn example() -> (Matrix, Vec<Option<AminoAcid>>) {
    let wild_type: Vec<_> = "MKTAYIAKQR".chars().map(AminoAcid::from_letter).collect();
    let mut score = Matrix::from_fn(10, 20, |i, j| (i as f64 - j as f64) / 5.0);
    for (i, a) in wild_type.iter().enumerate() {
        score[(i, a.map_or(0, AminoAcid::index))] = 0.0;
    }
    score[(4, 0)] = f64::NAN;
    (score, wild_type)
}

#[test]
fn damage_is_red_whatever_the_sign_of_the_score() {
    let (score, wild_type) = example();
    let theme = truecolor();
    let map = HeatMap {
        limit: 2.0,
        ..HeatMap::new(&score, &wild_type, &theme)
    };
    let area = Rect::new(0, 0, 13, 23);
    let buffer = draw(&map, 13, 23);
    let (y, x) = (0..23u16)
        .flat_map(|y| (0..13u16).map(move |x| (y, x)))
        .find(|&(y, x)| map.hit(area, x, y) == Some((0, AminoAcid::Trp)))
        .unwrap_or_default();
    let damaging = theme
        .diverging
        .around_zero(-score[(0, AminoAcid::Trp.index())], 2.0)
        .color;
    assert_eq!(buffer[(x, y)].bg, damaging);
    let flipped = HeatMap {
        high_is_damaging: true,
        ..map
    };
    let buffer = draw(&flipped, 13, 23);
    assert_eq!(
        buffer[(x, y)].bg,
        theme
            .diverging
            .around_zero(score[(0, AminoAcid::Trp.index())], 2.0)
            .color
    );
}

#[test]
fn wild_types_are_glyphs_and_missing_cells_hatched() {
    let (score, wild_type) = example();
    let theme = truecolor();
    let buffer = draw(&HeatMap::new(&score, &wild_type, &theme), 13, 22);
    let text = lines(&buffer);
    assert_eq!(text[0], "   MKTAYIAKQR");
    assert!(text[1].starts_with(" A    •╱ •"), "{text:?}");
    assert_eq!(
        text.iter().map(|l| l.matches('•').count()).sum::<usize>(),
        10
    );
}

#[test]
fn two_rows_a_cell_where_it_is_low() {
    let (score, wild_type) = example();
    let theme = truecolor();
    let map = HeatMap {
        cursor: Some((2, AminoAcid::Leu)),
        ..HeatMap::new(&score, &wild_type, &theme)
    };
    let buffer = draw(&map, 13, 12);
    assert!(lines(&buffer)[1].starts_with("AV "), "{:?}", lines(&buffer));
    let cursor = theme.style(Role::Cursor).bg;
    assert!(cursor == Some(buffer[(5, 2)].fg));
    assert_eq!(
        map.hit(Rect::new(0, 0, 13, 12), 5, 2),
        Some((2, AminoAcid::Leu))
    );
}

#[test]
fn without_colour_rows_scroll_with_the_cursor() {
    let (score, wild_type) = example();
    let theme = mono();
    let map = HeatMap {
        cursor: Some((2, AminoAcid::Pro)),
        limit: 2.0,
        ..HeatMap::new(&score, &wild_type, &theme)
    };
    let buffer = draw(&map, 30, 10);
    assert!(
        lines(&buffer)
            .iter()
            .any(|l| l.trim_start().starts_with('P')),
        "{:?}",
        lines(&buffer)
    );
    assert_colorless(&buffer);
}

#[test]
fn every_terminal_and_size() {
    let (score, wild_type) = example();
    let numbers: Vec<i32> = (-2..8).collect();
    let means = MutationMap {
        score: score.clone(),
        ..MutationMap::unscored(ScanMethod::Stability, wild_type.clone())
    }
    .position_means();
    let rmsf = [0.5, 1.0, f64::NAN, 2.0];
    for theme in themes() {
        let map = HeatMap {
            cursor: Some((9, AminoAcid::Gly)),
            marked: &[(1, AminoAcid::Ala), (3, AminoAcid::Trp)],
            numbers: &numbers,
            secondary: &[SecondaryStructure::AlphaHelix; 10],
            seams: &[4],
            tracks: &[Track {
                label: "Å",
                values: &rmsf,
                top: 2.0,
            }],
            means: &means,
            label: "structure, nat",
            ..HeatMap::new(&score, &wild_type, &theme)
        };
        every_size(|area, buffer| (&map).render(area, buffer));
        let empty = Matrix::filled(0, 20, 0.0);
        every_size(|area, buffer| (&HeatMap::new(&empty, &[], &theme)).render(area, buffer));
        every_size(|area, buffer| {
            let area = Rect {
                width: area.width.min(6),
                ..area
            };
            (&HeatMap {
                window: (0, 10),
                ..map
            })
                .render(area, buffer);
        });
    }
    let theme = ascii();
    let map = HeatMap {
        numbers: &numbers,
        means: &means,
        cursor: Some((1, AminoAcid::Ala)),
        ..HeatMap::new(&score, &wild_type, &theme)
    };
    assert_ascii(&draw(&map, 60, 30));
}
