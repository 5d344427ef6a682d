-- What the committee asked for beside usage: the service itself, how much an active agent asks, new users, refusals by
-- tool, what was asked for in vain, upkeep and trainings. One text for both engines; `docs/committee.md` says why none of
-- it gives a hidden figure away.

-- What the policy in force says, written by the gateway. The charter: one line.
CREATE TABLE policy_charter (
    version    text NOT NULL PRIMARY KEY,
    acceptance text NOT NULL
);

-- Trainings that a tool asks for or that the policy attests; agents concerned where the policy itself names them all.
CREATE TABLE policy_trainings (
    training text NOT NULL PRIMARY KEY,
    agents   bigint
);

-- How many people the policy names as holders, by their last day.
CREATE TABLE policy_attestations (
    training    text   NOT NULL,
    valid_until text   NOT NULL,
    people      bigint NOT NULL,
    PRIMARY KEY (training, valid_until)
);

-- What verifications of the chain found. Not signed: whoever owns the database may write here what they like, and is
-- found out by the next verification that somebody else makes.
CREATE TABLE chain_verifications (
    id             text   NOT NULL PRIMARY KEY,
    verified_at_ms bigint NOT NULL,
    instances      bigint NOT NULL,
    rows           bigint NOT NULL,
    rows_lost      bigint NOT NULL,
    result         text   NOT NULL
);

-- Closed months, as in 0007.
CREATE TABLE kept_service (
    month           text    NOT NULL PRIMARY KEY,
    requests        bigint,
    failed          bigint,
    availability    double precision,
    overhead_p50_us bigint,
    overhead_p99_us bigint,
    upstream_p50_ms bigint,
    rows_lost       bigint,
    provisional     boolean NOT NULL
);

CREATE TABLE kept_activity (
    month       text    NOT NULL,
    direction   text    NOT NULL,
    people      bigint,
    median_from bigint,
    median_to   bigint,
    provisional boolean NOT NULL,
    PRIMARY KEY (month, direction)
);

CREATE TABLE kept_newcomers (
    month  text NOT NULL PRIMARY KEY,
    people bigint
);

CREATE TABLE kept_refusals_by_tool (
    month       text    NOT NULL,
    decision    text    NOT NULL,
    rule        text    NOT NULL,
    tool        text    NOT NULL,
    people      bigint,
    requests    bigint,
    provisional boolean NOT NULL,
    PRIMARY KEY (month, decision, rule, tool)
);

CREATE TABLE kept_demand (
    month       text    NOT NULL,
    rule        text    NOT NULL,
    family      text    NOT NULL,
    people      bigint,
    requests    bigint,
    provisional boolean NOT NULL,
    PRIMARY KEY (month, rule, family)
);

-- Made anew below, with more.
DROP VIEW committee_tools;
