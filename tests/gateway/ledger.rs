//! The ledger under bad weather: killed processes, PostgreSQL stopped and hung.

