use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Bounded by the weight of what waits in it (bytes, or one each) and by the number of items.
pub struct Queue<T> {
    state: Mutex<State<T>>,
    filled: Condvar,
    weight_max: usize,
    items_max: usize,
}

struct State<T> {
    items: VecDeque<(T, usize)>,
    weight: usize,
    closed: bool,
}

/// Why an item was not taken; it is handed back.
#[derive(Debug)]
pub enum Refused<T> {
    Full(T),
    Closed(T),
}

#[derive(Debug)]
pub enum Popped<T> {
    Item(T),
    TimedOut,
    Closed,
}

impl<T> Queue<T> {
    pub fn new(weight_max: usize, items_max: usize) -> Self {
        Self {
            state: Mutex::new(State { items: VecDeque::new(), weight: 0, closed: false }),
            filled: Condvar::new(),
            weight_max,
            items_max,
        }
    }

    /// An item heavier than the whole queue is taken when nothing else has weight, so that it cannot block for ever.
    pub fn push(&self, item: T, weight: usize) -> Result<(), Refused<T>> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed(item));
        }
        let too_heavy = weight > 0 && state.weight > 0 && state.weight + weight > self.weight_max;
        if too_heavy || state.items.len() >= self.items_max {
            return Err(Refused::Full(item));
        }
        state.weight += weight;
        state.items.push_back((item, weight));
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for an item, not beyond `deadline`. A closed queue is drained first.
    pub fn pop(&self, deadline: Option<Instant>) -> Popped<T> {
        let mut state = self.lock();
        loop {
            if let Some((item, weight)) = state.items.pop_front() {
                state.weight -= weight;
                return Popped::Item(item);
            }
            if state.closed {
                return Popped::Closed;
            }
            state = match deadline {
                None => self.filled.wait(state).unwrap_or_else(PoisonError::into_inner),
                Some(deadline) => {
                    let now = Instant::now();
                    if now >= deadline {
                        return Popped::TimedOut;
                    }
                    let waited = self.filled.wait_timeout(state, deadline - now);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// Nothing is taken any more; those who wait are woken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.filled.notify_all();
    }

    pub fn weight(&self) -> usize {
        self.lock().weight
    }

    pub fn len(&self) -> usize {
        self.lock().items.len()
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code that can panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_over_the_weight_limit_is_refused_and_handed_back() {
        let queue = Queue::new(10, 100);
        assert!(queue.push("a", 8).is_ok());
        assert!(matches!(queue.push("b", 3), Err(Refused::Full("b"))));
        assert!(queue.push("control", 0).is_ok());
        assert!(matches!(queue.pop(None), Popped::Item("a")));
        assert!(queue.push("b", 3).is_ok());
    }

    #[test]
    fn an_item_heavier_than_the_queue_is_taken_when_nothing_else_waits() {
        let queue = Queue::new(10, 100);
        assert!(queue.push("huge", 50).is_ok());
        assert!(matches!(queue.push("b", 1), Err(Refused::Full("b"))));
    }

    #[test]
    fn a_closed_queue_is_drained_and_then_says_so() {
        let queue = Queue::new(10, 2);
        assert!(queue.push(1, 1).is_ok());
        queue.close();
        assert!(matches!(queue.push(2, 1), Err(Refused::Closed(2))));
        assert!(matches!(queue.pop(None), Popped::Item(1)));
        assert!(matches!(queue.pop(None), Popped::Closed));
    }
}
