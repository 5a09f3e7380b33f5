//! The few statistics that forecasts and alerts share. What is not finite was not counted and is left out.

/// In order, without what was not counted.
pub(crate) fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut kept: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    kept.sort_unstable_by(f64::total_cmp);
    kept
}

/// The quantile of sorted values, between the two nearest; none of none.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)] // a place in a list
pub(crate) fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let place = q.clamp(0.0, 1.0) * (sorted.len().checked_sub(1)?) as f64;
    let below = place.floor();
    let low = *sorted.get(below as usize)?;
    let high = *sorted.get(place.ceil() as usize)?;
    Some(low + (high - low) * (place - below))
}

/// The middle one; none of none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    quantile(&sorted(values), 0.5)
}

/// The mean; none of none.
#[allow(clippy::cast_precision_loss)] // a count of slots
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values
        .filter(|value| value.is_finite())
        .fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_counted_is_left_out() {
        let values = [3.0, f64::NAN, 1.0, 2.0];
        assert_eq!(median(values.into_iter()), Some(2.0));
        assert_eq!(mean(values.into_iter()), Some(2.0));
        assert_eq!(quantile(&[1.0, 3.0], 0.25), Some(1.5));
        assert_eq!(median([f64::NAN].into_iter()), None);
    }
}
