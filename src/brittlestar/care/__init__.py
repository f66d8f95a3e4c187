"""Plans of care: regimens, holds, surgery, calcium, vitamin D, activity, monitoring."""
