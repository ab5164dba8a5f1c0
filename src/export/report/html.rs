//! The page as one HTML file: pictures inside, nothing from elsewhere.

use std::io::{self, Write};

use super::Block;

const STYLE: &str = "\
:root{color-scheme:light}\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#202024;background:#fff}\
h1{margin-bottom:.2rem}h2{margin-top:2.2rem;border-bottom:1px solid #e2e2e6}\
svg{width:100%;height:auto}figure{margin:1rem 0}figcaption{color:#6e6e76}\
table{border-collapse:collapse;margin:.8rem 0}th,td{padding:.15rem .8rem .15rem 0;text-align:left;\
vertical-align:top;font-variant-numeric:tabular-nums}th{border-bottom:1px solid #202024}\
@media print{h2{break-after:avoid}figure,tr{break-inside:avoid}}";

pub(super) fn write(title: &str, blocks: &[Block], mut out: impl Write) -> io::Result<()> {
    let title = escaped(title);
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title} · dynascope</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"
    )?;
    for block in blocks {
        match block {
            Block::Heading(text) => writeln!(out, "<h2>{}</h2>", escaped(text))?,
            Block::Text(text) => writeln!(out, "<p>{}</p>", escaped(text))?,
            Block::List(items) => {
                writeln!(out, "<ul>")?;
                for item in items {
                    writeln!(out, "<li>{}</li>", escaped(item))?;
                }
                writeln!(out, "</ul>")?;
            }
            Block::Table { head, rows } => table(head, rows, &mut out)?,
            Block::Picture { svg, shows, .. } => {
                let shows = escaped(shows);
                writeln!(out, "<figure role=\"img\" aria-label=\"{shows}\">")?;
                out.write_all(svg)?;
                writeln!(out, "\n<figcaption>{shows}</figcaption>\n</figure>")?;
            }
        }
    }
    writeln!(out, "</body>\n</html>")?;
    out.flush()
}

fn table(head: &[&str], rows: &[Vec<String>], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "<table>")?;
    if !head.is_empty() {
        line(head.iter().copied(), "th", out)?;
    }
    for row in rows {
        line(row.iter().map(String::as_str), "td", out)?;
    }
    writeln!(out, "</table>")
}

fn line<'a>(
    cells: impl Iterator<Item = &'a str>,
    kind: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    write!(out, "<tr>")?;
    for cell in cells {
        write!(out, "<{kind}>{}</{kind}>", escaped(cell))?;
    }
    writeln!(out, "</tr>")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
