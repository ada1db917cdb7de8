//! Dependency resolution by PubGrub over a world that is fed as it is asked for. Nothing here knows Node.

mod explain;
mod graph;
pub mod message;
mod provider;
pub mod requirement;
mod session;
mod solve;
pub mod version;
mod version_bits;
mod world;

pub use provider::Feeder;
pub use session::{Reply, Session};
pub use solve::solve;
