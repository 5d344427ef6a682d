-- The committee's views: what may be shown of the counts, and nothing else. One text for both engines.
--
-- A figure is shown where at least five people stand behind it and none of them for more than 80 % of it. Where that
-- does not hold, what it belongs to is shown as a whole. `docs/committee.md` says why what is shown cannot be taken
-- apart again.
--
-- The counts become *rows*: a caller's measures in a *child* of a *node* (a tool of a month, a direction of a tool, a
-- rule of a decision: a *scope* each). One chain of views decides for all of them which children stand alone and which
-- join the pool (« autres … »):
--   k_rows -> k_children -> k_queue -> k_placed -> k_walk -> k_steps -> k_pools -> k_verdicts

-- What the policy in force says, written by the gateway. `policy_tools` is the committee's list.
CREATE TABLE policy_tools (
    tool               text     NOT NULL PRIMARY KEY,
    name               text     NOT NULL,
    level              smallint NOT NULL,
    status             text     NOT NULL,
    decision_reference text,
    decision_date      text,
    review_before      text,
    valid_until        text,
    impact_assessment  text,
    training           text,
    proposed_on        text,
    registered         bigint
);

CREATE TABLE policy_directions (
    direction text   NOT NULL PRIMARY KEY,
    agents    bigint
);

-- Closed months: what was shown of them stays, whatever arrives or is erased later, so that two exports of one month
-- never differ. Their counts by caller are deleted, they served their purpose. Everything up to the last of them is
-- closed. The columns are those of the views; `committee/close.sql` closes.
CREATE TABLE kept_months (
    month   text NOT NULL PRIMARY KEY,
    kept_at text NOT NULL
);

CREATE TABLE kept_usage (
    month         text    NOT NULL,
    tool          text    NOT NULL,
    tool_level    smallint,
    direction     text    NOT NULL,
    people        bigint,
    requests      bigint,
    input_tokens  bigint,
    output_tokens bigint,
    cost_eur      double precision,
    cost_known    bigint,
    provisional   boolean NOT NULL,
    PRIMARY KEY (month, tool, direction)
);

CREATE TABLE kept_footprint (
    month           text    NOT NULL,
    tool            text    NOT NULL,
    direction       text    NOT NULL,
    people          bigint,
    requests        bigint,
    answered        bigint,
    footprint_known bigint,
    energy_kwh_min  double precision,
    energy_kwh_max  double precision,
    co2e_kg_min     double precision,
    co2e_kg_max     double precision,
    provisional     boolean NOT NULL,
    PRIMARY KEY (month, tool, direction)
);

CREATE TABLE kept_refusals (
    month       text    NOT NULL,
    decision    text    NOT NULL,
    rule        text    NOT NULL,
    class       text,
    people      bigint,
    requests    bigint,
    provisional boolean NOT NULL,
    PRIMARY KEY (month, decision, rule)
);

CREATE TABLE kept_findings (
    month       text    NOT NULL,
    class       text    NOT NULL,
    people      bigint,
    findings    bigint,
    provisional boolean NOT NULL,
    PRIMARY KEY (month, class)
);

CREATE TABLE kept_adoption (
    month       text    NOT NULL,
    direction   text    NOT NULL,
    people      bigint,
    agents      bigint,
    provisional boolean NOT NULL,
    PRIMARY KEY (month, direction)
);

-- What the engines say differently stands in `this_month`, `live_usage`, `live_feedback` and `live_incidents`.

