//! What `update` asked for, done: files on threads of their own, jobs on the worker.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use super::{clipboard, files, guard};
use crate::app::dialog::Written;
use crate::app::effect::Effect;
use crate::app::job::JobEvent;
use crate::app::message::Message;
use crate::app::messages::Notice;
use crate::engine::worker::{EventKind, JobId, Worker, WorkerEvent, message_of};
use crate::engine::{Engine, EngineOptions, Partial};
use crate::protein::chains::ChainChoice;
use crate::session::kept::Sessions;
use crate::session::read::{Given, read};
use crate::session::{folders, open, save};
use crate::study::Slot;

/// What arrives at the loop from other threads.
#[derive(Debug)]
pub(super) enum Arrival {
    Worker(WorkerEvent),
    /// From a thread that read a file.
    Message(Box<Message>),
}

pub(super) struct Runner {
    worker: Worker,
    inbox: UnboundedSender<Arrival>,
    newest: HashMap<Slot, JobId>,
    chains: ChainChoice,
    given: Given,
    /// What came on standard input.
    input: Option<Arc<[u8]>>,
    sessions: Sessions,
}

/// Whether the program goes on after an effect.
#[derive(Debug)]
pub(super) enum Next {
    GoOn,
    /// It does; this is to be told to the state.
    Tell(Notice),
    /// It ends; these lines are printed.
    Quit(Vec<String>),
}

impl Runner {
    pub(super) fn new(
        engine: EngineOptions,
        chains: ChainChoice,
        input: Option<Arc<[u8]>>,
        inbox: UnboundedSender<Arrival>,
    ) -> std::io::Result<Self> {
        let sender = inbox.clone();
        let worker = Worker::spawn(Engine::new(engine), move |event| {
            // The loop is gone: nobody waits for this any more.
            let _ = sender.send(Arrival::Worker(event));
        })?;
        Ok(Self {
            worker,
            inbox,
            newest: HashMap::new(),
            chains,
            given: Given::default(),
            input,
            sessions: Sessions::new(),
        })
    }

    pub(super) fn run(&mut self, effect: Effect) -> Next {
        match effect {
            Effect::Quit(lines) => return Next::Quit(lines),
            Effect::Sequence(path) => self.given.sequence = path,
            Effect::Around(around) => self.given.around = around,
            Effect::Submit(request) => {
                let slot = request.slot();
                self.newest.insert(slot, self.worker.submit(*request));
            }
            Effect::Cancel(slot) => self.worker.cancel(slot),
            Effect::Copy(text) => return Next::Tell(copied(&text)),
            Effect::Mouse(on) => {
                if let Err(error) = guard::switch_mouse(&mut std::io::stdout(), on) {
                    return Next::Tell(Notice::error(format!("mouse: {error}")));
                }
            }
            of_files => self.spawn(of_files),
        }
        Next::GoOn
    }

    /// Does an effect with files on a thread of its own.
    fn spawn(&self, effect: Effect) {
        let inbox = self.inbox.clone();
        let tell = move |message| drop(inbox.send(Arrival::Message(Box::new(message))));
        let (chains, input) = (self.chains.clone(), self.input.clone());
        let (kept, given) = (self.sessions.clone(), self.given.clone());
        let failed = failure(&effect);
        let work = move || match effect {
            Effect::List(folder) => vec![open::list(&folder)],
            Effect::Names(folder) => {
                let names = open::names(&folder);
                vec![Message::Names { folder, names }]
            }
            Effect::Export {
                path,
                overwrite,
                product,
                content,
            } => {
                let written = save::export(&path, overwrite, product, &content);
                vec![Message::Exported {
                    product,
                    path,
                    overwrite,
                    written,
                }]
            }
            reading => {
                let is_file = matches!(reading, Effect::Open(_) | Effect::Fetch(_));
                let read = read(reading, &chains, &given, input.as_deref());
                let found = read
                    .as_ref()
                    .filter(|_| is_file)
                    .and_then(|m| opened(m, &kept));
                read.into_iter().chain(found).collect()
            }
        };
        let (told, no_thread) = (tell.clone(), failed.clone());
        let thread = std::thread::Builder::new().name("files".to_owned());
        let spawned = thread.spawn(move || answers(work, &*failed).into_iter().for_each(told));
        if let Err(error) = spawned {
            tell(no_thread(format!("no thread: {error}")));
        }
    }

    /// What the state hears of an arrival; nothing of jobs that newer ones replaced.
    pub(super) fn translate(&mut self, arrival: Arrival) -> Option<Message> {
        let event = match arrival {
            Arrival::Message(message) => return Some(*message),
            Arrival::Worker(event) => event,
        };
        let slot = event.slot;
        if self.newest.get(&slot) != Some(&event.job) {
            return None;
        }
        let event = match event.kind {
            EventKind::Started => JobEvent::Started,
            EventKind::Progress { phase, done, total } => JobEvent::Progress { phase, done, total },
            EventKind::Partial(Partial::ScanRows(rows)) => JobEvent::Rows(
                rows.into_iter()
                    .map(|row| (row.index, row.scores.to_vec()))
                    .collect(),
            ),
            EventKind::Finished(report) => JobEvent::Finished(report),
            EventKind::Cancelled => JobEvent::Cancelled,
            EventKind::Failed(error) => JobEvent::Failed(one_line(&error)),
            EventKind::Crashed { message } => {
                JobEvent::Failed(format!("a fault of the program: {message}"))
            }
        };
        Some(Message::Job { slot, event })
    }
}

/// The answers of an effect's work; where that ends in a fault of the program, the one that says so.
fn answers(
    work: impl FnOnce() -> Vec<Message>,
    failed: impl FnOnce(String) -> Message,
) -> Vec<Message> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let fault = message_of(panic.as_ref());
        let reason = format!("a fault of the program: {fault}; please report it");
        vec![failed(reason)]
    })
}

/// What answers an effect that could not be done, of the kind that the effect is answered by: another
/// kind would end what it is not about.
fn failure(effect: &Effect) -> Arc<dyn Fn(String) -> Message + Send + Sync> {
    match effect {
        Effect::Open(_) | Effect::Fetch(_) | Effect::Choose { .. } => {
            Arc::new(|reason| Message::Opened(Box::new(Err(reason))))
        }
        Effect::OpenSecond { name, .. } => {
            let name = name.clone();
            Arc::new(move |reason| Message::SecondOpened {
                name: name.clone(),
                outcome: Err(reason),
            })
        }
        Effect::Export {
            path,
            overwrite,
            product,
            ..
        } => {
            let (path, overwrite, product) = (path.clone(), *overwrite, *product);
            Arc::new(move |reason| Message::Exported {
                product,
                path: path.clone(),
                overwrite,
                written: Written::Failed(reason),
            })
        }
        Effect::ReadWeights(path) => {
            let path = path.clone();
            Arc::new(move |reason| Message::WeightsRead {
                path: path.clone(),
                outcome: Err(reason),
            })
        }
        Effect::ReadData(path) => {
            let path = path.clone();
            Arc::new(move |reason| Message::DataRead {
                path: path.clone(),
                outcome: Err(reason),
            })
        }
        Effect::ReadVariants(asked) => {
            let asked = asked.clone();
            Arc::new(move |reason| Message::VariantsRead {
                asked: asked.clone(),
                outcome: Err(reason),
            })
        }
        _ => Arc::new(|reason| Message::Note(Notice::error(reason))),
    }
}

/// Remembers a file that was opened; the session of it with marks, where one is kept.
fn opened(message: &Message, sessions: &Sessions) -> Option<Message> {
    let Message::Opened(outcome) = message else {
        return None;
    };
    let path = outcome.as_ref().as_ref().ok()?.path.as_ref()?;
    files::remember(path);
    let (name, kept) = sessions.with_marks(path)?;
    let kept = Box::new(kept);
    Some(Message::Remembered { name, kept })
}

fn one_line(error: &Arc<crate::engine::EngineError>) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

fn copied(text: &str) -> Notice {
    let lines = text.lines().count();
    let what = if lines == 1 {
        format!("'{text}'")
    } else {
        format!("{lines} lines")
    };
    match clipboard::copy(text, &mut std::io::stdout(), &folders::state()) {
        Ok(clipboard::Copied::Terminal) => {
            Notice::info(format!("copied {what} through the terminal (OSC 52)"))
        }
        Ok(clipboard::Copied::File(path)) => Notice::info(format!(
            "too long for the terminal: {what} are in {}",
            path.display()
        )),
        Err(error) => Notice::error(format!("not copied: {error}")),
    }
}

#[cfg(test)]
#[expect(clippy::panic, reason = "tests")]
mod tests {
    use super::*;
    use crate::export::content::Content;
    use crate::export::product::{Family, Product};

    /// What the state hears when the work of an effect panics.
    fn heard(effect: &Effect) -> String {
        let told = answers(|| panic!("the roof fell in"), &*failure(effect));
        assert_eq!(told.len(), 1);
        format!("{told:?}")
    }

    #[test]
    fn a_fault_is_answered_as_the_effect_is() {
        let path = std::path::PathBuf::from("a");
        let export = |product| Effect::Export {
            path: path.clone(),
            overwrite: false,
            product,
            content: Arc::new(Content::default()),
        };
        let marks = Product::of(Family::Marks, "marks.csv");
        let effects = [
            (Some(Effect::Open(path.clone())), "[Opened(Err("),
            (marks.ok().map(export), "[Exported {"),
            (Some(Effect::ReadWeights(path.clone())), "[WeightsRead {"),
            (Some(Effect::ReadData(path.clone())), "[DataRead {"),
            (Some(Effect::List(path.clone())), "[Note("),
        ];
        for (effect, kind) in effects {
            let heard = effect.as_ref().map(heard).unwrap_or_default();
            assert!(heard.starts_with(kind), "{heard} is not {kind}");
            assert!(heard.contains("the roof fell in"), "{heard}");
        }
    }
}
