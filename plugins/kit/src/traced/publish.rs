//! Cases about what goes out: a key is published once, a doubt is cleared by asking, and no secret leaves.

use super::*;

impl Traced<'_, '_> {
    pub(super) async fn once(&self) -> Verdict {
        cases::answers(self.bench)?;
        let mut receipts: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for trace in self.traces() {
            let replayed = self.replay(trace, TOLERANT).await?;
            let keys = trace.events.iter().filter_map(key);
            for (key, call) in keys.zip(&replayed.calls) {
                if let (Some(key), Ok(Gave::There(id))) = (key, &call.result)
                    && call.function == "publish"
                {
                    receipts.entry(key).or_default().push(id.clone());
                }
            }
        }
        let Some((_, ids)) = receipts.iter().find(|(_, ids)| ids.len() > 1) else {
            return Err(record("--publish TEXT, which sends the same key twice"));
        };
        match receipts
            .iter()
            .find(|(_, ids)| ids.windows(2).any(|pair| pair.first() != pair.last()))
        {
            Some((key, ids)) => Err(format!("the key {key} gave the receipts {}", ids.join(" and ")).into()),
            None => Ok(format!("{} tries of one key, one message", ids.len())),
        }
    }

    pub(super) async fn doubt(&self) -> Verdict {
        cases::answers(self.bench)?;
        let mut met = 0;
        for fault in [Fault::SlowBody, Fault::CutBody, Fault::ServerError] {
            for at in 0..DEPTH {
                let how = Replaying {
                    fault: Some((fault, at)),
                    fresh: true,
                    ..TOLERANT
                };
                for call in self
                    .all(how)
                    .await?
                    .iter()
                    .filter(|call| call.met && call.function == "publish")
                {
                    met += 1;
                    if let Some(broken) = held(fault, call).into_iter().find_map(|promise| promise.broken) {
                        return Err(format!("{fault} at request {}: {broken}", at + 1).into());
                    }
                }
            }
        }
        if met == 0 {
            return Err(record("--publish TEXT"));
        }
        Ok(format!(
            "{met} answers were lost, cut or refused, and none was said to be sent"
        ))
    }

    pub(super) async fn honest(&self) -> Verdict {
        cases::answers(self.bench)?;
        let calls = self.all(TOLERANT).await?;
        let asked = |wanted: fn(&Gave) -> bool| {
            calls
                .iter()
                .any(|call| call.function == "reconcile" && call.result.as_ref().is_ok_and(wanted))
        };
        if !asked(|gave| *gave == Gave::NotThere) || !asked(|gave| matches!(gave, Gave::There(_))) {
            return Err(record(
                "--publish TEXT, which also asks for a draft that was never sent",
            ));
        }
        self.again(TOLERANT, "found what was sent, and nothing else").await
    }

    pub(super) fn secret_leak(&self) -> Verdict {
        let mut uses = 0;
        for (name, trace) in &self.bench.subject.traces {
            for event in &trace.events {
                let Event::Import { import, with, .. } = event else {
                    continue;
                };
                if import != "http.send" {
                    continue;
                }
                for header in with.get("headers").and_then(Value::as_array).into_iter().flatten() {
                    let held = header.get(1).unwrap_or(&Value::Null);
                    let credential = header.get(0).and_then(Value::as_str).is_some_and(|name| {
                        ["authorization", "cookie", "x-api-key"].contains(&name.to_ascii_lowercase().as_str())
                    });
                    if credential && held.is_string() {
                        return Err(format!(
                            "{name}: a request carries a credential as plain text; name the secret and let the host place it"
                        )
                        .into());
                    }
                    uses += usize::from(held.get("secret").is_some());
                }
            }
        }
        if uses == 0 && self.bench.subject.manifest.secrets.iter().any(|secret| secret.required) {
            return Err("plugin.toml asks for a secret and no request used it: take it out of plugin.toml".into());
        }
        Ok(format!("{uses} requests named a secret; none carried one"))
    }
}
