//! Which job runs when.

use std::collections::{BTreeSet, VecDeque};
use std::num::NonZero;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use jobserver::{Acquired, HelperThread};
use triton_runner_manifest::Level;

use super::scratch::Scratch;
use super::worker::{Answer, Worker};
use super::{Event, Job, Limits, Lowered, LoweringError};
use crate::toolchain::Toolchain;

/// How long the import of Triton may take, on a slow disk.
const IMPORT_LIMIT: Duration = Duration::from_secs(300);
/// How much later than a job's time limit the worker may say so.
const GRACE: Duration = Duration::from_secs(30);

/// How long nothing is told while jobs run, at first and at most.
const QUIET: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// What the loop waits for.
enum Message {
    Token(std::io::Result<Acquired>),
    Worker(Option<Answer>),
}

/// Lowers all jobs and gives their results in their order. Every job is tried, whatever becomes of the others.
#[cfg(any(test, feature = "cli"))]
pub(crate) fn lower(
    toolchain: &Toolchain,
    jobs: &[Job],
    limits: &Limits,
    on_event: &mut dyn FnMut(Event),
) -> Vec<Result<Lowered, LoweringError>> {
    lower_each(toolchain, jobs, limits, on_event, &mut |_, _| {})
}

/// The same, with each job's result shown as soon as it is there: what has been done when a build is stopped need not be
/// lost.
pub(crate) fn lower_each(
    toolchain: &Toolchain,
    jobs: &[Job],
    limits: &Limits,
    on_event: &mut dyn FnMut(Event),
    on_result: &mut dyn FnMut(usize, &Result<Lowered, LoweringError>),
) -> Vec<Result<Lowered, LoweringError>> {
    let temporary = limits.temporary.clone().unwrap_or_else(std::env::temp_dir);
    let folder = match Scratch::new(&temporary) {
        Ok(folder) => folder,
        Err(error) => {
            // An error value cannot be copied, its text can.
            let error = |_: &Job| LoweringError::io("create a folder in", &temporary)(error.kind().into());
            return jobs.iter().map(|job| Err(error(job))).collect();
        }
    };
    let (sender, messages) = channel();
    let mut schedule = Schedule {
        toolchain,
        jobs,
        limits,
        folder: folder.path(),
        sender,
        pending: VecDeque::new(),
        running: BTreeSet::new(),
        started: vec![None; jobs.len()],
        results: jobs.iter().map(|_| None).collect(),
        done: 0,
        worker: None,
        deadline: None,
        told: Instant::now(),
        quiet: QUIET.0,
        on_result,
    };
    schedule.run(&messages, on_event);
    let missing = || Err(LoweringError::Worker { message: "the job was not run".to_owned() });
    schedule.results.into_iter().map(|result| result.unwrap_or_else(missing)).collect()
}

struct Schedule<'a> {
    toolchain: &'a Toolchain,
    jobs: &'a [Job],
    limits: &'a Limits,
    folder: &'a Path,
    sender: Sender<Message>,
    pending: VecDeque<usize>,
    running: BTreeSet<usize>,
    started: Vec<Option<Instant>>,
    results: Vec<Option<Result<Lowered, LoweringError>>>,
    done: usize,
    worker: Option<Worker<'a>>,
    /// When the worker must have said that it is ready.
    deadline: Option<Instant>,
    /// When something was last told, and how long nothing may be from there.
    told: Instant,
    quiet: Duration,
    on_result: &'a mut dyn FnMut(usize, &Result<Lowered, LoweringError>),
}

impl<'a> Schedule<'a> {
    fn run(&mut self, messages: &Receiver<Message>, on_event: &mut dyn FnMut(Event)) {
        for (index, job) in self.jobs.iter().enumerate() {
            let later = job.emit > job.level || job.emit == job.level && job.pipeline.after.is_some();
            // PTX is for ptxas, which needs no worker.
            if later && job.level < Level::Ptx {
                self.pending.push_back(index);
            } else {
                let message = format!("a {} file cannot be lowered to {}", job.level, job.emit);
                self.finish(index, Err(LoweringError::Refused { message }), on_event);
            }
        }
        if !self.pending.is_empty() {
            self.start_worker(on_event);
        }
        let mut slots = Slots::new(self.limits.jobserver.clone(), &self.sender);
        while !self.pending.is_empty() || !self.running.is_empty() {
            while self.running.len() < slots.free_to_use()
                && let Some(index) = self.pending.pop_front()
            {
                self.start(index, on_event);
            }
            slots.adjust(self.running.len(), self.pending.len());
            if self.running.is_empty() {
                continue;
            }
            let (patience, quiet) = (self.patience(), self.quiet.saturating_sub(self.told.elapsed()));
            match messages.recv_timeout(patience.min(quiet)) {
                Ok(Message::Token(token)) => slots.receive(token),
                Ok(Message::Worker(answer)) => self.hear(answer, on_event),
                Err(RecvTimeoutError::Timeout) if quiet < patience => self.tell(on_event),
                Err(RecvTimeoutError::Timeout) => self.check_worker(),
                // This end holds a sender, so it does not happen.
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn start_worker(&mut self, on_event: &mut dyn FnMut(Event)) {
        on_event(Event::CompilerStarts);
        let sender = self.sender.clone();
        let answers = move |answer| {
            let _ = sender.send(Message::Worker(answer));
        };
        match Worker::start(self.toolchain, self.folder, answers) {
            Ok(worker) => {
                self.worker = Some(worker);
                self.deadline = Some(Instant::now() + IMPORT_LIMIT);
            }
            Err(error) => self.fail_all(&error.to_string(), on_event),
        }
    }

    fn start(&mut self, index: usize, on_event: &mut dyn FnMut(Event)) {
        let job = &self.jobs[index];
        self.running.insert(index);
        self.started[index] = Some(Instant::now());
        let sent = match &mut self.worker {
            Some(worker) => worker.send(index, job, self.limits.time_limit),
            None => Err(LoweringError::Worker { message: "its Python process is gone".to_owned() }),
        };
        if let Err(error) = sent {
            self.finish(index, Err(error), on_event);
        }
    }

    fn hear(&mut self, answer: Option<Answer>, on_event: &mut dyn FnMut(Event)) {
        let message = match answer {
            Some(Answer::Ready { ready }) if ready == self.toolchain.triton.to_string() => {
                self.deadline = None;
                return;
            }
            Some(Answer::Ready { ready }) => {
                format!("`{}` imports Triton {ready}, not {}", self.toolchain.python.display(), self.toolchain.triton)
            }
            Some(Answer::Failed { failed }) => {
                format!(
                    "`{}` cannot import Triton {}: {failed}",
                    self.toolchain.python.display(),
                    self.toolchain.triton
                )
            }
            Some(ref answer @ (Answer::NoFork { id, .. } | Answer::Signal { id, .. } | Answer::Exit { id, .. })) => {
                if let (Some(worker), true) = (&self.worker, self.running.contains(&id)) {
                    let result = worker.collect(&self.jobs[id], answer, self.limits.time_limit);
                    self.finish(id, result, on_event);
                }
                return;
            }
            None => match &mut self.worker {
                Some(worker) => worker.obituary(),
                None => return,
            },
        };
        self.worker = None;
        self.deadline = None;
        self.fail_all(&message, on_event);
    }

    /// Without the worker no job can have a result any more.
    fn fail_all(&mut self, message: &str, on_event: &mut dyn FnMut(Event)) {
        let lost: Vec<_> = self.running.iter().copied().chain(self.pending.drain(..)).collect();
        for index in lost {
            self.finish(index, Err(LoweringError::Worker { message: message.to_owned() }), on_event);
        }
    }

    fn finish(&mut self, index: usize, result: Result<Lowered, LoweringError>, on_event: &mut dyn FnMut(Event)) {
        self.running.remove(&index);
        self.done += 1;
        (self.told, self.quiet) = (Instant::now(), QUIET.0);
        on_event(Event::Finished { job: index, ok: result.is_ok(), done: self.done });
        (self.on_result)(index, &result);
        self.results[index] = Some(result);
    }

    /// Says of each job that it runs on.
    fn tell(&mut self, on_event: &mut dyn FnMut(Event)) {
        for &job in &self.running {
            let seconds = self.started[job].map_or(0, |started| started.elapsed().as_secs());
            on_event(Event::Running { job, seconds });
        }
        (self.told, self.quiet) = (Instant::now(), (self.quiet * 2).min(QUIET.1));
    }

    /// How long nothing may be heard before the worker is suspected.
    fn patience(&self) -> Duration {
        let limit = self.limits.time_limit.saturating_add(GRACE);
        let jobs = self.running.iter().filter_map(|&index| self.started[index]?.checked_add(limit));
        let next = jobs.chain(self.deadline).min();
        next.map_or(Duration::from_secs(3600), |next| next.saturating_duration_since(Instant::now()))
    }

    /// The worker watches its children's time; this watches the worker.
    fn check_worker(&mut self) {
        if let Some(worker) = &mut self.worker {
            // Its output ends, and that is heard.
            worker.kill();
        }
    }
}

/// Permissions to run. One is implied by being run at all, as make and cargo have it.
enum Slots {
    /// No jobserver: a fixed number.
    Fixed(usize),
    /// Tokens of a jobserver, held while they are of use.
    Tokens { helper: HelperThread, held: Vec<Acquired>, requested: usize },
}

impl Slots {
    fn new(client: Option<jobserver::Client>, sender: &Sender<Message>) -> Self {
        let sender = sender.clone();
        let helper = client.and_then(|client| {
            let tell = move |token| {
                let _ = sender.send(Message::Token(token));
            };
            client.into_helper_thread(tell).ok()
        });
        match helper {
            Some(helper) => Self::Tokens { helper, held: Vec::new(), requested: 0 },
            None => Self::Fixed(std::thread::available_parallelism().map_or(1, NonZero::get)),
        }
    }

    fn free_to_use(&self) -> usize {
        match self {
            Self::Fixed(count) => *count,
            Self::Tokens { held, .. } => 1 + held.len(),
        }
    }

    /// Asks for tokens that are of use and gives back those that are not.
    fn adjust(&mut self, running: usize, pending: usize) {
        if let Self::Tokens { helper, held, requested } = self {
            let useful = (running + pending).saturating_sub(1);
            held.truncate(useful);
            while held.len() + *requested < useful {
                helper.request_token();
                *requested += 1;
            }
        }
    }

    fn receive(&mut self, token: std::io::Result<Acquired>) {
        if let Self::Tokens { held, requested, .. } = self {
            *requested = requested.saturating_sub(1);
            // Without tokens it goes on one by one.
            held.extend(token);
        }
    }
}
