//! The parts of the page in their order.

use std::io;

use super::super::plot::{self, Format};
use super::{Block, Mark, Story, confidence, neighbours, score_of};
use crate::analysis::mutation_map::Direction;
use crate::export::correlation;
use crate::protein::Substitution;
use crate::study::{Comparison, DynamicsReport, Provenance, ScanReport};

/// Residues of a region.
const REGION: usize = 7;
/// Regions, couplings and positions listed.
const LISTED: usize = 8;
/// Residues along the chain within which a coupling is no news.
const NEAR: usize = 8;

pub(super) fn blocks(story: &Story<'_>) -> io::Result<Vec<Block>> {
    let mut blocks = Vec::new();
    let from = story
        .dynamics
        .map(|d| &d.provenance)
        .or_else(|| story.scans.first().map(|s| &s.provenance));
    if let Some(from) = from {
        let date = if story.date.is_empty() {
            String::new()
        } else {
            format!(" · {}", story.date)
        };
        blocks.push(Block::Text(format!("dynascope {}{date}", from.version)));
    }
    read(story, &mut blocks);
    if let Some(report) = story.dynamics {
        flexibility(report, &mut blocks)?;
        let mut svg = Vec::new();
        plot::structure(report, story.look, Format::Svg, &mut svg)?;
        blocks.push(picture(
            "structure",
            &svg,
            "The backbone, coloured by what the title says",
        ));
        coupling(report, &mut blocks)?;
        domains(report, &mut blocks);
        blocks.extend(neighbours::blocks(&report.protein));
    }
    if let Some(pae) = story.pae {
        confidence::blocks(pae, story.dynamics, &mut blocks)?;
    }
    for scan in &story.scans {
        mutations(scan, &mut blocks)?;
    }
    marks(story, &mut blocks);
    origin(story, &mut blocks);
    Ok(blocks)
}

fn heading(text: &str) -> Block {
    Block::Heading(text.to_owned())
}

fn picture(name: &str, svg: &[u8], shows: &str) -> Block {
    // An inline picture has no declaration of its own.
    let start = svg.windows(4).position(|w| w == b"<svg").unwrap_or(0);
    Block::Picture {
        name: name.to_owned(),
        svg: svg[start..].to_vec(),
        shows: shows.to_owned(),
    }
}

fn table(head: &[&'static str], rows: Vec<Vec<String>>) -> Block {
    Block::Table {
        head: head.to_vec(),
        rows,
    }
}

fn read(story: &Story<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading("What was read"));
    let rows = story
        .facts
        .iter()
        .map(|(name, value)| vec![name.clone(), value.clone()]);
    let rows: Vec<Vec<String>> = rows.collect();
    if !rows.is_empty() {
        blocks.push(table(&[], rows));
    }
    let dynamics = story.dynamics.map_or(&[][..], |d| &d.warnings);
    let scans = story.scans.iter().flat_map(|s| &s.warnings);
    let mut warnings: Vec<String> = Vec::new();
    for warning in story.warnings.iter().chain(dynamics).chain(scans) {
        if !warnings.contains(warning) {
            warnings.push(warning.clone());
        }
    }
    if !warnings.is_empty() {
        blocks.push(Block::Text("To be known:".to_owned()));
        blocks.push(Block::List(warnings));
    }
}

fn flexibility(report: &DynamicsReport, blocks: &mut Vec<Block>) -> io::Result<()> {
    blocks.push(heading("Flexibility"));
    let mut svg = Vec::new();
    plot::flexibility(report, Format::Svg, &mut svg)?;
    let shows = match report.comparisons.first() {
        Some(c) => format!(
            "Predicted RMSF (bars) and experiment ({}, line)",
            c.with.name()
        ),
        None => "Predicted RMSF".to_owned(),
    };
    blocks.push(picture("flexibility", &svg, &shows));
    if !report.comparisons.is_empty() {
        let head = [
            "Experiment",
            "Pearson r",
            "Spearman ρ",
            "RMSD (Å)",
            "n",
            "left out",
        ];
        let rows = report.comparisons.iter().map(comparison).collect();
        blocks.push(table(&head, rows));
    }
    let head = [
        "Most mobile",
        "mean RMSF (Å)",
        "Most rigid",
        "mean RMSF (Å)",
    ];
    let (mobile, rigid) = (regions(report, true), regions(report, false));
    let cell = |list: &[(String, f64)], i: usize| match list.get(i) {
        Some((name, mean)) => [name.clone(), format!("{mean:.2}")],
        None => [String::new(), String::new()],
    };
    let rows = (0..mobile.len().max(rigid.len()))
        .map(|i| {
            cell(&mobile, i)
                .into_iter()
                .chain(cell(&rigid, i))
                .collect()
        })
        .collect();
    blocks.push(table(&head, rows));
    Ok(())
}

fn comparison(c: &Comparison) -> Vec<String> {
    let excluded: Vec<String> = c
        .excluded
        .iter()
        .map(|(why, n)| format!("{n} {why}"))
        .collect();
    vec![
        c.with.name().to_owned(),
        correlation(c.pearson),
        correlation(c.spearman),
        format!("{:.2}", c.rmsd_angstrom),
        c.n.to_string(),
        excluded.join(", "),
    ]
}

/// Stretches of residues of one chain by their mean RMSF, the extreme ones first, apart from each other.
fn regions(report: &DynamicsReport, mobile: bool) -> Vec<(String, f64)> {
    let residues = &report.protein.residues;
    let wide = REGION.min(residues.len());
    let mut windows: Vec<(usize, f64)> = (0..=residues.len() - wide)
        .filter(|from| residues[*from].id.chain == residues[from + wide - 1].id.chain)
        .map(|from| {
            let values = &report.rmsf_angstrom[from..from + wide];
            (from, values.iter().sum::<f64>() / wide as f64)
        })
        .filter(|(_, mean)| mean.is_finite())
        .collect();
    windows.sort_by(|a, b| {
        let order = a.1.total_cmp(&b.1);
        if mobile { order.reverse() } else { order }
    });
    let mut taken: Vec<(usize, f64)> = Vec::new();
    // Of a small protein no more than a third of it.
    let most = (residues.len() / (3 * REGION)).clamp(1, LISTED);
    for window in windows {
        if taken.len() < most && taken.iter().all(|t| t.0.abs_diff(window.0) >= wide) {
            taken.push(window);
        }
    }
    let name = |from: usize| {
        let (first, last) = (&residues[from].id, &residues[from + wide - 1].id);
        format!(
            "{first}–{}",
            last.to_string().rsplit(':').next().unwrap_or_default()
        )
    };
    taken
        .into_iter()
        .map(|(from, mean)| (name(from), mean))
        .collect()
}

fn coupling(report: &DynamicsReport, blocks: &mut Vec<Block>) -> io::Result<()> {
    let matrix = &report.dynamics.correlation;
    if matrix.rows() == 0 {
        return Ok(());
    }
    blocks.push(heading("Coupling"));
    let mut svg = Vec::new();
    plot::coupling(report, Format::Svg, &mut svg)?;
    blocks.push(picture(
        "coupling",
        &svg,
        "Correlation of the motions of every pair of residues",
    ));
    let residues = &report.protein.residues;
    let n = matrix.rows();
    let mut pairs: Vec<(usize, usize, f64)> = (0..n)
        .flat_map(|i| (i + NEAR + 1..n).map(move |j| (i, j)))
        .map(|(i, j)| (i, j, matrix[(i, j)]))
        .filter(|p| p.2.is_finite())
        .collect();
    pairs.sort_by(|a, b| {
        b.2.abs()
            .total_cmp(&a.2.abs())
            .then((a.0, a.1).cmp(&(b.0, b.1)))
    });
    let mut taken: Vec<(usize, usize, f64)> = Vec::new();
    for pair in pairs {
        // One of every neighbourhood.
        let apart = |t: &(usize, usize, f64)| t.0.abs_diff(pair.0) + t.1.abs_diff(pair.1) > 6;
        if taken.iter().all(apart) {
            taken.push(pair);
            if taken.len() == LISTED {
                break;
            }
        }
    }
    let rows = taken
        .iter()
        .map(|(i, j, c)| {
            vec![
                format!("{} × {}", residues[*i].id, residues[*j].id),
                format!("{c:+.2}"),
            ]
        })
        .collect();
    blocks.push(Block::Text(format!(
        "Strongest couplings of residues more than {NEAR} apart along the chain:"
    )));
    blocks.push(table(&["Pair", "correlation"], rows));
    Ok(())
}

fn domains(report: &DynamicsReport, blocks: &mut Vec<Block>) {
    let residues = &report.protein.residues;
    let count = report.domains.iter().flatten().max().map_or(0, |d| d + 1);
    if count == 0 {
        return;
    }
    blocks.push(heading("Hinges and dynamic domains"));
    let sizes = (0..count).map(|d| {
        let own: Vec<usize> = (0..residues.len())
            .filter(|i| report.domains.get(*i).copied().flatten() == Some(d))
            .collect();
        format!(
            "domain {}: {} residues, {}",
            d + 1,
            own.len(),
            runs(report, &own)
        )
    });
    let mut items: Vec<String> = sizes.collect();
    let hinges: Vec<String> = report
        .hinges
        .iter()
        .map(|i| residues[*i].id.to_string())
        .collect();
    items.push(if hinges.is_empty() {
        "no hinge".to_owned()
    } else {
        format!("hinges at {}", hinges.join(", "))
    });
    blocks.push(Block::List(items));
}

/// `A:1–30, A:61–76`.
fn runs(report: &DynamicsReport, indices: &[usize]) -> String {
    let residues = &report.protein.residues;
    let mut parts: Vec<String> = Vec::new();
    let mut start = 0;
    for k in 1..=indices.len() {
        let goes_on = k < indices.len()
            && indices[k] == indices[k - 1] + 1
            && residues[indices[k]].id.chain == residues[indices[start]].id.chain;
        if !goes_on {
            let (first, last) = (&residues[indices[start]].id, &residues[indices[k - 1]].id);
            let last = last.to_string();
            parts.push(format!(
                "{first}–{}",
                last.rsplit(':').next().unwrap_or_default()
            ));
            start = k;
        }
    }
    parts.join(", ")
}

/// 1 where a larger score is more damaging.
fn sign(scan: &ScanReport) -> f64 {
    match scan.map.method.direction() {
        Direction::HigherIsDamaging => 1.0,
        Direction::HigherIsTolerated => -1.0,
    }
}

fn mutations(scan: &ScanReport, blocks: &mut Vec<Block>) -> io::Result<()> {
    let method = scan.map.method;
    blocks.push(Block::Heading(format!("Mutations: {}", method.id())));
    let mut svg = Vec::new();
    plot::mutations(scan, Format::Svg, &mut svg)?;
    let way = if sign(scan) > 0.0 {
        "damaging"
    } else {
        "tolerated"
    };
    let shows = format!(
        "Every substitution, in {}; higher = more {way}",
        method.unit()
    );
    blocks.push(picture(&format!("mutations-{}", method.id()), &svg, &shows));
    let sign = sign(scan);
    let mut worst: Vec<(Substitution, f64)> = scan
        .map
        .substitutions()
        .map(|s| (s, scan.map.score_of(s.index, s.mutant)))
        .filter(|(s, score)| score.is_finite() && s.wild_type != s.mutant)
        .collect();
    worst.sort_by(|a, b| (sign * b.1).total_cmp(&(sign * a.1)));
    let best: Vec<(Substitution, f64)> = worst.iter().rev().copied().collect();
    let means = scan.map.position_means();
    let mut positions: Vec<usize> = (0..means.len()).filter(|i| means[*i].is_finite()).collect();
    positions.sort_by(|a, b| (sign * means[*a]).total_cmp(&(sign * means[*b])));
    let position = |i: usize| scan.protein.lettered_name(i);
    let rows = (0..LISTED.min(positions.len()).max(LISTED.min(worst.len())))
        .map(|k| {
            let named = |list: &[(Substitution, f64)]| {
                list.get(k).map_or_else(Default::default, |(s, score)| {
                    let name = scan.protein.full_name(s.index, Some(s.mutant));
                    [name, format!("{score:+.2}")]
                })
            };
            let (best, worst): ([String; 2], [String; 2]) = (named(&best), named(&worst));
            let tolerant = positions.get(k).map_or_else(Default::default, |i| {
                [position(*i), format!("{:+.2}", means[*i])]
            });
            best.into_iter().chain(worst).chain(tolerant).collect()
        })
        .collect();
    let head = [
        "Best tolerated",
        "score",
        "Most damaging",
        "score",
        "Most tolerant position",
        "mean score",
    ];
    blocks.push(table(&head, rows));
    Ok(())
}

fn marks(story: &Story<'_>, blocks: &mut Vec<Block>) {
    if story.marks.is_empty() {
        return;
    }
    blocks.push(heading("Marks"));
    let mut head = vec!["Mark", "Note"];
    head.extend(story.scans.iter().map(|s| s.map.method.id()));
    if story.dynamics.is_some() {
        head.push("RMSF (Å)");
    }
    let rows = story
        .marks
        .iter()
        .map(|mark| mark_row(story, mark))
        .collect();
    blocks.push(table(&head, rows));
}

fn mark_row(story: &Story<'_>, mark: &Mark) -> Vec<String> {
    let number = |value: f64, sign: bool| match (value.is_finite(), sign) {
        (false, _) => String::new(),
        (true, true) => format!("{value:+.2}"),
        (true, false) => format!("{value:.2}"),
    };
    let mut row = vec![mark.name.clone(), mark.note.clone()];
    row.extend(
        story
            .scans
            .iter()
            .map(|scan| number(score_of(scan, mark), true)),
    );
    if let Some(report) = story.dynamics {
        let rmsf = report.rmsf_angstrom.get(mark.index).copied();
        row.push(number(rmsf.unwrap_or(f64::NAN), false));
    }
    row
}

fn origin(story: &Story<'_>, blocks: &mut Vec<Block>) {
    blocks.push(heading("Where the numbers come from"));
    let mut rows: Vec<Vec<String>> = Vec::new();
    if !story.command.is_empty() {
        rows.push(vec![
            "all".into(),
            "command".into(),
            story.command.to_owned(),
        ]);
    }
    let dynamics = story.dynamics.map(|d| ("dynamics", &d.provenance));
    let scans = story
        .scans
        .iter()
        .map(|scan| (scan.map.method.id(), &scan.provenance));
    let results: Vec<(&str, &Provenance)> = dynamics.into_iter().chain(scans).collect();
    for (what, provenance) in &results {
        let pairs = provenance.pairs().into_iter();
        rows.extend(pairs.map(|(name, value)| vec![(*what).to_owned(), name, value]));
    }
    blocks.push(table(&["Result", "", ""], rows));
    let mut cited: Vec<Vec<String>> = Vec::new();
    for (_, provenance) in results {
        for citation in provenance.citations() {
            let line = vec![citation.line()];
            if !cited.contains(&line) {
                cited.push(line);
            }
        }
    }
    blocks.push(heading("To cite"));
    blocks.push(table(&[], cited));
}
