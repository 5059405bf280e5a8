//! Which values may carry whose address.

/// A value, or a point that values flow through.
pub(super) type Node = u32;

/// The flow of addresses in a file.
#[derive(Default)]
pub(super) struct Graph {
    nodes: u32,
    /// From, to.
    edges: Vec<(Node, Node)>,
    /// Values that are written through, with the line.
    sinks: Vec<(u32, Node)>,
    /// Values that are the address of memory of their own.
    memory: Vec<Node>,
    /// Values that come out of memory.
    fetched: Vec<Node>,
    /// A value that is written into the memory that another one is the address of, with the line.
    puts: Vec<(Node, Node, u32)>,
}

impl Graph {
    /// With nodes for this many values.
    pub(super) fn new(values: Node) -> Self {
        Self { nodes: values, ..Self::default() }
    }

    /// A point that values flow through.
    pub(super) fn node(&mut self) -> Node {
        self.nodes += 1;
        self.nodes - 1
    }

    /// `to` may carry what `from` does.
    pub(super) fn flow(&mut self, from: Node, to: Node) {
        self.edges.push((from, to));
    }

    /// Something is written through this value.
    pub(super) fn write(&mut self, line: u32, node: Node) {
        self.sinks.push((line, node));
    }

    /// This value is the address of memory.
    pub(super) fn memory(&mut self, node: Node) {
        self.memory.push(node);
    }

    /// This value comes out of memory.
    pub(super) fn fetch(&mut self, node: Node) {
        self.fetched.push(node);
    }

    /// A value is written into the memory that another one is the address of.
    pub(super) fn put(&mut self, line: u32, value: Node, memory: Node) {
        self.puts.push((value, memory, line));
    }

    /// For each node the first line that writes through it or through what it flows to; 0 if none does.
    pub(super) fn written(mut self) -> Vec<u32> {
        // Writing into memory is no writing through the addresses that are kept in it.
        let into_memory = self.puts.iter().map(|&(_, memory, line)| (line, memory)).collect();
        let mut lines = first_lines(self.nodes, &self.edges, into_memory);
        self.share_memory();
        let sinks = std::mem::take(&mut self.sinks);
        for (line, other) in lines.iter_mut().zip(first_lines(self.nodes, &self.edges, sinks)) {
            *line = if *line == 0 || other == 0 { (*line).max(other) } else { other.min(*line) };
        }
        lines
    }

    /// What is written into memory comes out of every address of it. Addresses that flow from one to the other are
    /// taken for the same memory; numbers that are no addresses connect nothing.
    fn share_memory(&mut self) {
        if self.puts.is_empty() {
            return;
        }
        let forward = Adjacency::new(self.nodes, self.edges.iter().copied());
        let is_address = forward.reached(&self.memory);
        let is_fetched = forward.reached(&self.fetched);
        let mut groups = Groups::new(self.nodes);
        for &(from, to) in &self.edges {
            if is_address[from as usize] && is_address[to as usize] {
                groups.join(from, to);
            }
        }
        let mut shared = Vec::new();
        for (value, memory, line) in std::mem::take(&mut self.puts) {
            if is_fetched[memory as usize] {
                // Whatever was kept in other memory is written through.
                self.sinks.push((line, memory));
            }
            if !is_address[value as usize] {
                continue;
            }
            if is_address[memory as usize] {
                groups.join(value, memory);
                shared.push(memory);
            } else {
                // It went somewhere unknown.
                self.sinks.push((line, value));
            }
        }
        // A node for each group, connected with all of its members in both directions.
        let mut hubs = vec![None; self.nodes as usize];
        for memory in shared {
            let root = groups.root(memory) as usize;
            if hubs[root].is_none() {
                hubs[root] = Some(self.node());
            }
        }
        for node in 0..is_address.len() as u32 {
            if is_address[node as usize]
                && let Some(hub) = hubs[groups.root(node) as usize]
            {
                self.flow(node, hub);
                self.flow(hub, node);
            }
        }
    }
}

/// For each node the first line of what is written through it or through what it flows to.
fn first_lines(nodes: u32, edges: &[(Node, Node)], mut sinks: Vec<(u32, Node)>) -> Vec<u32> {
    let backward = Adjacency::new(nodes, edges.iter().map(|&(from, to)| (to, from)));
    sinks.sort_unstable();
    let mut lines = vec![0; nodes as usize];
    for (line, sink) in sinks {
        backward.reach(&[sink], |node| {
            let first = lines[node as usize] == 0;
            if first {
                lines[node as usize] = line.max(1);
            }
            first
        });
    }
    lines
}

/// For each node the nodes behind it.
struct Adjacency {
    starts: Vec<u32>,
    ends: Vec<Node>,
}

impl Adjacency {
    fn new(nodes: u32, edges: impl Iterator<Item = (Node, Node)> + Clone) -> Self {
        let mut starts = vec![0_u32; nodes as usize + 1];
        for (from, _) in edges.clone() {
            starts[from as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        let mut free = starts.clone();
        let mut ends = vec![0; starts.last().copied().unwrap_or_default() as usize];
        for (from, to) in edges {
            let slot = &mut free[from as usize];
            ends[*slot as usize] = to;
            *slot += 1;
        }
        Self { starts, ends }
    }

    fn reached(&self, from: &[Node]) -> Vec<bool> {
        let mut reached = vec![false; self.starts.len() - 1];
        self.reach(from, |node| !std::mem::replace(&mut reached[node as usize], true));
        reached
    }

    /// Visits all that can be reached. `visit` says whether it is the node's first visit.
    fn reach(&self, from: &[Node], mut visit: impl FnMut(Node) -> bool) {
        let mut open: Vec<_> = from.iter().copied().filter(|&node| visit(node)).collect();
        while let Some(node) = open.pop() {
            let (start, end) = (self.starts[node as usize], self.starts[node as usize + 1]);
            open.extend(self.ends[start as usize..end as usize].iter().copied().filter(|&next| visit(next)));
        }
    }
}

/// Disjoint sets of nodes.
struct Groups {
    parents: Vec<Node>,
}

impl Groups {
    fn new(nodes: u32) -> Self {
        Self { parents: (0..nodes).collect() }
    }

    fn root(&mut self, mut node: Node) -> Node {
        while self.parents[node as usize] != node {
            let grandparent = self.parents[self.parents[node as usize] as usize];
            self.parents[node as usize] = grandparent;
            node = grandparent;
        }
        node
    }

    fn join(&mut self, a: Node, b: Node) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a as usize] = b;
    }
}
