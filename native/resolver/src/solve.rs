use std::collections::HashMap;

use pubgrub::{PubGrubError, resolve};

use crate::explain::explain;
use crate::graph::graph;
use crate::message::{Request, SolveError, Step};
use crate::provider::{Feeder, Provider};
use crate::world::{REQUEST, World};

/// Resolves a request, asking the feeder for whatever it does not know. Same request, same world, same answer: on every node,
/// and in whatever portions the world is fed.
/// @throws what the feeder throws, and LIMIT_EXCEEDED
pub fn solve<F: Feeder>(request: &Request, feeder: F) -> Result<Step, SolveError> {
    let provider = Provider::new(World::new(request), feeder);
    let root = provider.world.borrow().package(REQUEST).key.clone();
    match resolve(&provider, root, 0u32) {
        Ok(selected) => {
            let all = selected.into_iter().map(|(key, version)| (key.at, version));
            let chosen: HashMap<_, _> = all.filter(|(at, _)| *at != REQUEST).collect();
            Ok(Step::Solved(graph(&mut provider.world.borrow_mut(), &chosen)))
        }
        Err(PubGrubError::NoSolution(tree)) => {
            let length_max = request.limits.explanation_length_max;
            Ok(Step::Conflict(explain(&mut provider.world.borrow_mut(), &tree, length_max)))
        }
        Err(
            PubGrubError::ErrorRetrievingDependencies { source, .. }
            | PubGrubError::ErrorChoosingVersion { source, .. }
            | PubGrubError::ErrorInShouldCancel(source),
        ) => Err(source),
    }
}
