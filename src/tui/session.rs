//! One run of the terminal program: events in, at most one frame a budget out.

use std::io::Stdout;
use std::mem::ManuallyDrop;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use crossterm::event::{Event, MouseButton, MouseEvent, MouseEventKind};
use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::capabilities::{self, Answer};
use super::effects::{Arrival, Next, Runner};
use super::guard::{Guard, switch_mouse};
use super::output::{Counter, Pace, Wire};
use super::pictures::{self, Pictures};
use super::{GraphicsChoice, Options, files, leaving};
use crate::app::effect::Effect;
use crate::app::message::{Gesture, Message, Pointer};
use crate::app::messages::Notice;
use crate::app::panel::Graphics;
use crate::app::program::Program;
use crate::app::state::State;
use crate::app::update;
use crate::engine;
use crate::session::kept::{Keeper, Resume, Sessions};
use crate::session::open;
use crate::ui;
use crate::ui::theme::{Background, ColorDepth, Glyphs, Theme};

/// Arrivals handled before the next look at the keys.
const BATCH: usize = 256;
/// From a change until the session is kept.
const KEEP_AFTER: Duration = Duration::from_secs(1);
/// Between two ticks while something moves.
const TICK: Duration = Duration::from_millis(50);
/// Between two ticks while only a job runs: for its clock and time left.
const SLOW_TICK: Duration = Duration::from_millis(250);

struct Look {
    depth: ColorDepth,
    glyphs: Glyphs,
    background: Background,
    pictures: Option<Pictures>,
}

impl Look {
    fn of_terminal(options: &Options) -> Self {
        let variable = |name: &str| std::env::var(name).ok();
        let depth = capabilities::color_depth(variable);
        let glyphs = match options.graphics {
            GraphicsChoice::Ascii => Glyphs::Ascii,
            _ => capabilities::glyphs(variable),
        };
        let said = capabilities::background(variable);
        let wants_pictures = options.input.is_none()
            && pictures::is_worth_asking(options.graphics, (depth, glyphs), variable);
        let answer = match said {
            Some(background) if !wants_pictures => Answer::Background(background),
            _ => capabilities::ask(),
        };
        let background = match (said, answer) {
            (Some(background), _) | (None, Answer::Background(background)) => background,
            _ => Background::Dark,
        };
        let pictures = (wants_pictures && answer != Answer::Silence)
            .then(|| files::themes(background, ColorDepth::True, glyphs).0)
            .and_then(|themes| Pictures::ask(options.graphics, themes, options.max_kbps));
        Self {
            depth,
            glyphs,
            background,
            pictures,
        }
    }
}

struct Session {
    state: State,
    themes: Vec<Theme>,
    /// Never dropped: its drop writes to stderr, and the guard gives the terminal back anyway.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<Wire<Stdout>>>>,
    runner: Runner,
    counter: Counter,
    pace: Pace,
    pictures: Option<Pictures>,
    start: Instant,
    /// A picture is owed that the wire was not ready for.
    owes_picture: bool,
    /// A frame is owed because of something that happened.
    owes_answer: bool,
    /// A frame is owed because time went by.
    owes_motion: bool,
    last_mouse: (u16, u16),
    keeper: Keeper,
    /// When the session is to be kept.
    keep_at: Option<Instant>,
    printed: Option<Vec<String>>,
}

/// Runs until the user leaves.
pub(super) async fn run(options: Options) -> anyhow::Result<Vec<String>> {
    let asked_to_end = leaving::watch()?;
    // Whoever asks the terminal puts its modes back when the answer comes, however late: they must be ours.
    let _guard = Guard::take().context("the terminal cannot be taken over")?;
    let look = Look::of_terminal(&options);
    let (themes, theme_fault) = files::themes(look.background, look.depth, look.glyphs);
    let (keymap, keymap_fault) = files::keymap();
    let (inbox, arrivals) = unbounded_channel();
    let installed = engine::recognise::installed(&options.engine);
    let mut runner = Runner::new(options.engine, options.chains, options.input, inbox)?;
    runner.run(Effect::Sequence(options.sequence.clone()));
    runner.run(Effect::Around(options.around.clone()));
    let mouse = !options.no_mouse;
    if mouse {
        switch_mouse(&mut std::io::stdout(), true)?;
    }
    let counter = Counter::default();
    let wire = Wire::new(std::io::stdout(), counter.clone());
    let terminal = ManuallyDrop::new(Terminal::new(CrosstermBackend::new(wire))?);
    let size = terminal.size()?;
    let now = Instant::now();
    let mut session = Session {
        state: State {
            program: Program {
                size: (size.width, size.height),
                theme: themes[0].name.clone(),
                themes: themes.iter().map(|t| t.name.clone()).collect(),
                keymap,
                installed: Some(installed),
                mouse,
                fetch: options.fetch,
                folder: std::env::current_dir().unwrap_or_default(),
                sequence_file: options
                    .sequence
                    .map_or_else(String::new, |p| p.display().to_string()),
                around: options.around,
                ..Program::default()
            },
            ..State::default()
        },
        themes,
        terminal,
        runner,
        counter,
        pace: Pace::new(options.max_kbps, now),
        pictures: look.pictures,
        start: now,
        owes_picture: false,
        owes_answer: true,
        owes_motion: false,
        last_mouse: (0, 0),
        keeper: Keeper::new(Sessions::new()),
        keep_at: None,
        printed: None,
    };
    session.choose_graphics(options.graphics);
    session.state.program.welcome.examples = open::examples();
    session.state.program.welcome.recent = files::recent();
    let second = options.second.map(|second| format!("compare {second}"));
    session.state.program.pending.extend(second);
    let msa = options.msa.map(|file| format!("msa {}", file.display()));
    session.state.program.pending.extend(msa);
    session.begin(options.file, options.theme);
    if let Some(which) = &options.resume {
        session.resume(which);
    }
    let weights = options.weights.into_iter().map(Effect::ReadWeights);
    let data = options.data.into_iter().map(Effect::ReadData);
    session.run_effects(weights.chain(data).collect());
    for fault in [theme_fault, keymap_fault].into_iter().flatten() {
        session.state.say(Notice::warning(fault));
    }
    let served = session.serve(arrivals, asked_to_end).await;
    session.keep();
    served?;
    Ok(session.printed.unwrap_or_default())
}

impl Session {
    fn choose_graphics(&mut self, choice: GraphicsChoice) {
        self.state.program.cell_pixels = self.pictures.as_ref().map(|p| p.cell);
        self.state.view.graphics = match (choice, &self.pictures) {
            (GraphicsChoice::HalfBlock, _) => Graphics::HalfBlock,
            (GraphicsChoice::Auto | GraphicsChoice::Pixels, Some(_)) => Graphics::Pixels,
            _ => Graphics::Braille,
        };
        if choice == GraphicsChoice::Pixels && self.pictures.is_none() {
            let text = "this terminal did not report that it shows pictures: dots instead";
            self.state.say(Notice::warning(text));
        }
    }

    fn begin(&mut self, file: Option<std::path::PathBuf>, theme: Option<String>) {
        if let Some(name) = theme {
            if self.state.program.themes.contains(&name) {
                self.state.program.theme = name;
            } else {
                let known = self.state.program.themes.join(", ");
                let text = format!("no theme '{name}': {known}");
                self.state.say(Notice::warning(text));
            }
        }
        let folder = file.clone().filter(|f| f.is_dir());
        let folder = folder.or_else(|| std::env::current_dir().ok());
        let mut effects = vec![Effect::List(folder.unwrap_or_default())];
        if let Some(path) = file.filter(|f| !f.is_dir()) {
            self.state.program.opening = Some(path.display().to_string());
            effects.push(Effect::Open(path));
        }
        self.run_effects(effects);
    }

    /// Goes on with a kept session.
    fn resume(&mut self, which: &Resume) {
        match Sessions::new().resume(which) {
            Ok((name, kept)) => {
                let kept = Box::new(kept);
                self.tell(Message::Resume { name, kept });
            }
            Err(reason) => self.state.say(Notice::warning(reason)),
        }
    }

    /// Keeps the session; one that cannot be kept is no reason to stop.
    fn keep(&mut self) {
        self.keep_at = None;
        if let Err(error) = self.keeper.save(&self.state) {
            log::warn!("the session is not kept: {error}");
        }
    }

    async fn serve(
        &mut self,
        mut arrivals: UnboundedReceiver<Arrival>,
        mut asked_to_end: UnboundedReceiver<()>,
    ) -> anyhow::Result<()> {
        let mut events = listen()?;
        while self.printed.is_none() {
            let tick = tokio::time::sleep(if self.state.is_animated() {
                TICK
            } else {
                SLOW_TICK
            });
            let draw_at = self.draw_at();
            let owes = draw_at.is_some();
            tokio::select! {
                biased;
                _ = asked_to_end.recv() => return Ok(()),
                event = events.recv() => {
                    // No keys any more.
                    let Some(event) = event else { return Ok(()) };
                    self.input(&event);
                    while let Ok(event) = events.try_recv() {
                        self.input(&event);
                    }
                }
                arrival = arrivals.recv() => {
                    let more = std::iter::from_fn(|| arrivals.try_recv().ok()).take(BATCH);
                    for arrival in arrival.into_iter().chain(more.collect::<Vec<_>>()) {
                        if let Some(message) = self.runner.translate(arrival) {
                            self.tell(message);
                        }
                    }
                }
                () = until(draw_at), if owes => self.draw()?,
                () = until(self.keep_at), if self.keep_at.is_some() => self.keep(),
                () = tick, if self.state.is_moving() => {
                    self.clock();
                    self.owes_motion = true;
                }
            }
        }
        Ok(())
    }

    /// When the next frame goes out, if one is owed.
    fn draw_at(&self) -> Option<Instant> {
        if self.owes_answer {
            Some(self.pace.answer_at())
        } else if self.owes_motion {
            Some(self.pace.motion_at())
        } else {
            let at = self.pictures.as_ref().map(|p| p.next_at);
            at.filter(|_| self.owes_picture)
        }
    }

    fn clock(&mut self) {
        let now = Message::Tick(self.start.elapsed());
        let effects = update(&mut self.state, now);
        self.run_effects(effects);
    }

    fn tell(&mut self, message: Message) {
        self.clock();
        let before = self.looked_from();
        let effects = update(&mut self.state, message);
        // Turning is motion, whoever does it: a held key takes no more of the wire.
        if self.looked_from() == before {
            self.owes_answer = true;
        } else {
            self.owes_motion = true;
        }
        self.run_effects(effects);
        if self.keep_at.is_none() && self.keeper.is_behind(&self.state) {
            self.keep_at = Some(Instant::now() + KEEP_AFTER);
        }
    }

    fn looked_from(&self) -> (f64, f64, f64) {
        let view = &self.state.view;
        (view.yaw, view.pitch, view.magnification)
    }

    fn run_effects(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match self.runner.run(effect) {
                Next::GoOn => {}
                Next::Tell(notice) => self.state.say(notice),
                Next::Quit(lines) => self.printed = Some(lines),
            }
        }
    }

    fn input(&mut self, event: &Event) {
        match event {
            Event::Key(key) => self.tell(Message::Key(*key)),
            Event::Paste(text) => self.tell(Message::Paste(text.clone())),
            Event::Resize(columns, rows) => {
                if let Some(pictures) = &mut self.pictures {
                    pictures.resized();
                    self.state.program.cell_pixels = Some(pictures.cell);
                }
                self.tell(Message::Resized {
                    columns: *columns,
                    rows: *rows,
                });
            }
            Event::Mouse(mouse) => {
                if let Some(gesture) = self.gesture(*mouse) {
                    let place = ui::place_at(&self.state, self.theme(), mouse.column, mouse.row);
                    self.tell(Message::Pointer(Pointer { gesture, place }));
                }
            }
            Event::FocusGained | Event::FocusLost => {}
        }
    }

    fn gesture(&mut self, mouse: MouseEvent) -> Option<Gesture> {
        let from = std::mem::replace(&mut self.last_mouse, (mouse.column, mouse.row));
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Gesture::Press),
            MouseEventKind::Drag(MouseButton::Left) => Some(Gesture::Drag {
                columns: mouse.column as i16 - from.0 as i16,
                rows: mouse.row as i16 - from.1 as i16,
            }),
            MouseEventKind::Up(MouseButton::Left) => Some(Gesture::Release),
            MouseEventKind::ScrollUp => Some(Gesture::WheelUp),
            MouseEventKind::ScrollDown => Some(Gesture::WheelDown),
            _ => None,
        }
    }

    fn theme(&self) -> &Theme {
        self.themes
            .iter()
            .find(|t| t.name == self.state.program.theme)
            .unwrap_or(&self.themes[0])
    }

    fn draw(&mut self) -> anyhow::Result<()> {
        let began = Instant::now();
        let before = self.counter.bytes();
        let theme = self
            .themes
            .iter()
            .find(|t| t.name == self.state.program.theme)
            .unwrap_or(&self.themes[0]);
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let (state, pictures) = (&self.state, &mut self.pictures);
        let picture = pictures
            .as_ref()
            .and_then(|p| ui::picture(state, p.theme(&state.program.theme)?));
        let mut owes_picture = false;
        self.terminal.draw(|frame| {
            ui::draw(frame, state, theme);
            match (pictures.as_mut(), picture) {
                (Some(pictures), Some(picture)) => {
                    owes_picture = pictures.draw(picture, began, frame);
                }
                (Some(pictures), None) => pictures.forget(),
                _ => {}
            }
        })?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        std::io::Write::flush(self.terminal.backend_mut())?;
        let sent = self.counter.bytes() - before;
        self.pace.sent(Instant::now(), sent, began.elapsed());
        if let Some(pictures) = &mut self.pictures {
            pictures.sent(Instant::now(), sent);
        }
        self.owes_picture = owes_picture;
        self.owes_answer = false;
        self.owes_motion = false;
        self.state.program.bytes_sent = self.counter.bytes();
        Ok(())
    }
}

async fn until(at: Option<Instant>) {
    if let Some(at) = at {
        tokio::time::sleep_until(at.into()).await;
    }
}

/// Reads the terminal on a thread of its own, which ends with the program.
fn listen() -> std::io::Result<UnboundedReceiver<Event>> {
    let (sender, receiver) = unbounded_channel();
    std::thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            while let Ok(event) = crossterm::event::read() {
                if sender.send(event).is_err() {
                    return;
                }
            }
        })?;
    Ok(receiver)
}
