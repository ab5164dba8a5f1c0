//! The page as Markdown, with its pictures as files beside it.

use std::fmt::Write as _;

use super::Block;

/// A page and its pictures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paper {
    /// Markdown.
    pub text: String,
    /// What is added to the stem of the page's name, and an SVG.
    pub pictures: Vec<(String, Vec<u8>)>,
}

pub(super) fn write(title: &str, blocks: Vec<Block>, stem: &str) -> Paper {
    let mut text = format!("# {}\n", escaped(title));
    let mut pictures = Vec::new();
    for block in blocks {
        text.push('\n');
        match block {
            Block::Heading(heading) => line(&mut text, &format!("## {}", escaped(&heading))),
            Block::Text(words) => line(&mut text, &escaped(&words)),
            Block::List(items) => {
                for item in items {
                    line(&mut text, &format!("- {}", escaped(&item)));
                }
            }
            Block::Table { head, rows } => table(&mut text, &head, &rows),
            Block::Picture { name, svg, shows } => {
                let suffix = format!("-{name}.svg");
                line(
                    &mut text,
                    &format!("![{}]({stem}{suffix})", escaped(&shows)),
                );
                pictures.push((suffix, svg));
            }
        }
    }
    Paper { text, pictures }
}

fn line(text: &mut String, words: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{words}");
}

fn table(text: &mut String, head: &[&str], rows: &[Vec<String>]) {
    let columns = rows.first().map_or(head.len(), Vec::len).max(1);
    let titles: Vec<&str> = (0..columns)
        .map(|i| head.get(i).copied().unwrap_or(""))
        .collect();
    line(text, &format!("| {} |", titles.join(" | ")));
    line(text, &format!("|{}", " --- |".repeat(columns)));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|c| escaped(c)).collect();
        line(text, &format!("| {} |", cells.join(" | ")));
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '|' | '*' | '_' | '<' | '`' | '[' | ']' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
