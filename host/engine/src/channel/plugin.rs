//! A loaded channel plugin: what it says of itself, and the connections made of it.

use super::{ChannelConnection, Face, webhook::Offers};
use crate::{
    BreakKind, Limits, LoadError, Manifest, Scrubber, Secret,
    bindings::{Description, channel_world::ChannelPluginPre},
    egress::{Grants, Resolver},
    engine::{Engine, Lane},
    fault::Witness,
    meter::Meter,
    room::{Manner, Occupant, Room},
    trace::{FORMAT, Header, Player, Recorder, Tape},
    trail::Trail,
};
use std::sync::Arc;

/// A loaded component of world `channel-plugin`. Cheap to clone.
#[derive(Clone)]
pub struct ChannelPlugin {
    inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) engine: Arc<Engine>,
    pub(super) pre: ChannelPluginPre<Room>,
    pub(super) offers: Offers,
    pub(super) title: Arc<str>,
    face: Arc<Face>,
    /// SHA-256 of the component.
    digest: String,
}

/// What a connection is made of.
pub struct ConnectionSpec {
    /// The connection's id, for logs and breakdowns.
    pub id: String,
    /// The settings as JSON; never holds a secret.
    pub settings: String,
    /// Where it may talk to.
    pub grants: Grants,
    /// What it may send there.
    pub secrets: Vec<Secret>,
    /// Its budgets.
    pub limits: Limits,
    /// Names to addresses.
    pub resolver: Arc<dyn Resolver>,
    /// Who takes down what crosses the boundary; none, and nobody does.
    pub recorder: Option<Arc<dyn Recorder>>,
}

/// Why a connection cannot be made: the settings do not fit the plugin's schema, or a secret is missing. Names the
/// field and the repair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the connection {connection}: {what}")]
pub struct ConnectError {
    /// The connection's id.
    pub connection: String,
    /// What is wrong and what to do.
    pub what: String,
}

impl Inner {
    /// The first line of a trace of a connection with these settings.
    pub(super) fn header(&self, settings: &str) -> Header {
        Header {
            format: FORMAT.to_owned(),
            plugin: self.face.manifest().name.clone(),
            version: self.face.manifest().version.clone(),
            component: self.digest.clone(),
            contract: crate::fit::CONTRACT_NAME.to_owned(),
            settings: settings.to_owned(),
        }
    }
}

impl ChannelPlugin {
    /// The first line of a trace of a connection with these settings, which hold no secret.
    pub fn trace_header(&self, settings: &str) -> Header {
        self.inner.header(settings)
    }

    /// Lets the plugin describe itself, and believes only what is within bounds.
    pub(crate) fn load(
        engine: Arc<Engine>,
        pre: ChannelPluginPre<Room>,
        manifest: Manifest,
        digest: String,
    ) -> Result<Self, LoadError> {
        let title: Arc<str> = manifest.title().into();
        let no = |what: String| LoadError {
            plugin: manifest.title(),
            what,
        };
        let description = describe(&engine, &pre, &title).map_err(no)?;
        let offers = Offers::of(pre.instance_pre()).map_err(|error| no(format!("{error:#}")))?;
        let face = Face::of(manifest, description, offers.list())?;
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                pre,
                offers,
                title,
                face: Arc::new(face),
                digest,
            }),
        })
    }

    /// What there is to know of it without running it.
    pub fn face(&self) -> &Arc<Face> {
        &self.inner.face
    }

    /// What it can do and what it needs, as it said when it was loaded.
    pub fn description(&self) -> &Description {
        self.inner.face.description()
    }

    /// Whether it reads what its network sends by itself. Whether the host lets that in is a matter of the recipe in
    /// its manifest.
    pub fn takes_webhooks(&self) -> bool {
        self.inner.takes_webhooks()
    }

    /// Its manifest.
    pub fn manifest(&self) -> &Manifest {
        self.inner.face.manifest()
    }

    /// Whether a connection with these settings and secrets could be made; else what it lacks, with the repair. Nothing
    /// is read of the secrets but their names.
    pub fn bears(&self, settings: &str, secrets: &[&str]) -> Result<(), String> {
        self.inner.face.bears(settings, secrets)
    }

    /// Makes a connection. Nothing is started: the first call makes the instance.
    pub fn connect(&self, spec: ConnectionSpec) -> Result<ChannelConnection, ConnectError> {
        self.open(spec, None)
    }

    /// The same, with somebody who answers imports in the world's place.
    pub fn connect_to(&self, player: Arc<dyn Player>, spec: ConnectionSpec) -> Result<ChannelConnection, ConnectError> {
        self.open(spec, Some(player))
    }

    fn open(&self, spec: ConnectionSpec, player: Option<Arc<dyn Player>>) -> Result<ChannelConnection, ConnectError> {
        let no = |what: String| ConnectError {
            connection: spec.id.clone(),
            what,
        };
        // Who is played for sends nothing anywhere.
        if player.is_some() {
            self.inner.face.fits(&spec.settings).map_err(no)?;
        } else {
            let secrets: Vec<&str> = spec.secrets.iter().map(Secret::name).collect();
            self.bears(&spec.settings, &secrets).map_err(no)?;
        }
        Ok(ChannelConnection::new(self.inner.clone(), spec, player))
    }
}

/// Asks a fresh instance that may call nothing. Loading is a synchronous step of the host's start, so the call gets a
/// thread and a small runtime of its own.
fn describe(engine: &Arc<Engine>, pre: &ChannelPluginPre<Room>, title: &Arc<str>) -> Result<Description, String> {
    let trail = Trail::default();
    let scrub = Arc::new(Scrubber::new(&[]));
    let room = Room::new(
        engine,
        Occupant {
            who: title.clone(),
            limits: Arc::new(Limits::channel()),
            scrub: scrub.clone(),
            manner: Manner::Describing,
            trail: trail.clone(),
            tape: Tape::off(),
            meter: Meter::default(),
        },
    );
    let witness = Witness {
        plugin: title,
        function: "describe",
        trail: &trail,
        scrub: &scrub,
    };
    let mut store = engine.store(room, Lane::Channel);
    let asked = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build()?;
            runtime.block_on(async {
                let guest = pre.instantiate_async(&mut store).await?;
                guest.jackfield_plugin_channel().call_describe(&mut store).await
            })
        });
        asking.join()
    });
    match asked {
        Ok(Ok(description)) => Ok(description),
        Ok(Err(error)) => Err(witness.unloadable(&error, store.data())),
        Err(_) => Err(witness
            .breakdown(BreakKind::NoRoom, "the host's own thread ended")
            .to_string()),
    }
}
