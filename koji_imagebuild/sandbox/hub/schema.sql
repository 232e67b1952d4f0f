-- The sandbox hub's state, in Koji's words (schemas/schema.sql of Koji names the same things).
-- Tables that carry create_event and revoke_event are versioned: rows are revoked, never changed,
-- so that a tag can be asked for as it was at an event. Times are seconds since 1970.
-- The views are what goes out on the wire, with Koji's keys; draft, dist and metadata_only are among
-- them though the sandbox has no drafts, no dist repos and no content generators.

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ts REAL NOT NULL
);

-- People and sessions

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    status INTEGER NOT NULL DEFAULT 0,
    usertype INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE permissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT
);

CREATE TABLE user_perms (
    user_id INTEGER NOT NULL REFERENCES users (id),
    perm_id INTEGER NOT NULL REFERENCES permissions (id),
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX user_perms_active ON user_perms (user_id, perm_id) WHERE revoke_event IS NULL;

CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id),
    key TEXT NOT NULL,
    master INTEGER REFERENCES sessions (id),
    authtype INTEGER NOT NULL,
    callnum INTEGER,
    exclusive BOOLEAN NOT NULL DEFAULT 0,
    expired BOOLEAN NOT NULL DEFAULT 0,
    closed BOOLEAN NOT NULL DEFAULT 0,
    start_ts REAL NOT NULL,
    renew_ts REAL NOT NULL
);
CREATE UNIQUE INDEX sessions_exclusive ON sessions (user_id) WHERE exclusive;

-- Builders

CREATE TABLE channels (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT,
    enabled BOOLEAN NOT NULL DEFAULT 1,
    comment TEXT
);

CREATE TABLE host (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL UNIQUE REFERENCES users (id),
    name TEXT NOT NULL UNIQUE,
    update_ts REAL,
    task_load REAL NOT NULL DEFAULT 0.0,
    ready BOOLEAN NOT NULL DEFAULT 0,
    data JSON
);

CREATE TABLE host_config (
    host_id INTEGER NOT NULL REFERENCES host (id),
    arches TEXT NOT NULL,
    capacity REAL NOT NULL DEFAULT 2.0,
    description TEXT,
    comment TEXT,
    enabled BOOLEAN NOT NULL DEFAULT 1,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX host_config_active ON host_config (host_id) WHERE revoke_event IS NULL;

CREATE TABLE host_channels (
    host_id INTEGER NOT NULL REFERENCES host (id),
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX host_channels_active ON host_channels (host_id, channel_id)
    WHERE revoke_event IS NULL;

CREATE VIEW host_info AS
SELECT host.id, host.user_id, host.name, host.update_ts, host.ready, host.task_load,
    c.arches, c.capacity, c.description, c.comment, c.enabled
FROM host JOIN host_config c ON c.host_id = host.id AND c.revoke_event IS NULL;

-- Tasks; request and result are whole XML-RPC documents

CREATE TABLE task (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    state INTEGER NOT NULL,
    create_ts REAL NOT NULL,
    start_ts REAL,
    completion_ts REAL,
    channel_id INTEGER NOT NULL REFERENCES channels (id),
    host_id INTEGER REFERENCES host (id),
    parent INTEGER REFERENCES task (id),
    label TEXT,
    waiting BOOLEAN,
    awaited BOOLEAN,
    owner INTEGER NOT NULL REFERENCES users (id),
    method TEXT NOT NULL,
    arch TEXT NOT NULL,
    priority INTEGER NOT NULL,
    weight REAL NOT NULL DEFAULT 1.0,
    request TEXT NOT NULL,
    result TEXT,
    UNIQUE (parent, label)
);
CREATE INDEX task_by_state ON task (state);

CREATE VIEW task_info AS
SELECT id, state,
    strftime('%Y-%m-%d %H:%M:%f+00:00', create_ts, 'unixepoch') AS create_time, create_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', start_ts, 'unixepoch') AS start_time, start_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', completion_ts, 'unixepoch') AS completion_time,
    completion_ts, channel_id, host_id, parent, label, waiting, awaited, owner, method, arch,
    priority, weight
FROM task;

CREATE TABLE task_refusals (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    task_id INTEGER NOT NULL REFERENCES task (id),
    host_id INTEGER NOT NULL REFERENCES host (id),
    by_host BOOLEAN NOT NULL,
    soft BOOLEAN NOT NULL,
    msg TEXT,
    ts REAL NOT NULL,
    UNIQUE (task_id, host_id)
);

-- Builds

CREATE TABLE package (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE btype (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE build (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pkg_id INTEGER NOT NULL REFERENCES package (id),
    version TEXT NOT NULL,
    release TEXT NOT NULL,
    epoch INTEGER,
    source TEXT,
    create_event INTEGER NOT NULL REFERENCES events (id),
    start_ts REAL,
    completion_ts REAL,
    state INTEGER NOT NULL,
    task_id INTEGER REFERENCES task (id),
    owner INTEGER NOT NULL REFERENCES users (id),
    draft BOOLEAN NOT NULL DEFAULT 0,
    extra JSON,
    UNIQUE (pkg_id, version, release),
    CHECK ((state = 0) = (completion_ts IS NULL))
);
CREATE INDEX build_by_task ON build (task_id);

CREATE TABLE build_types (
    build_id INTEGER NOT NULL REFERENCES build (id),
    btype_id INTEGER NOT NULL REFERENCES btype (id),
    PRIMARY KEY (build_id, btype_id)
);

CREATE VIEW build_info AS
SELECT build.id, build.id AS build_id, package.id AS package_id, package.name AS package_name,
    package.name AS name, build.version, build.release, build.epoch,
    package.name || '-' || build.version || '-' || build.release AS nvr,
    build.state, build.task_id, build.source, build.extra, build.draft,
    users.id AS owner_id, users.name AS owner_name,
    0 AS volume_id, 'DEFAULT' AS volume_name,
    NULL AS cg_id, NULL AS cg_name, NULL AS promoter_id, NULL AS promoter_name,
    NULL AS promotion_time, NULL AS promotion_ts,
    events.id AS creation_event_id,
    strftime('%Y-%m-%d %H:%M:%f+00:00', events.ts, 'unixepoch') AS creation_time,
    events.ts AS creation_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', build.start_ts, 'unixepoch') AS start_time,
    build.start_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', build.completion_ts, 'unixepoch') AS completion_time,
    build.completion_ts
FROM build
    JOIN package ON package.id = build.pkg_id
    JOIN users ON users.id = build.owner
    JOIN events ON events.id = build.create_event;

CREATE TABLE archivetypes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    extensions TEXT NOT NULL,
    compression_type TEXT
);

CREATE TABLE archiveinfo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type_id INTEGER NOT NULL REFERENCES archivetypes (id),
    btype_id INTEGER NOT NULL REFERENCES btype (id),
    build_id INTEGER NOT NULL REFERENCES build (id),
    filename TEXT NOT NULL,
    size INTEGER NOT NULL,
    checksum TEXT NOT NULL,
    checksum_type INTEGER NOT NULL,
    metadata_only BOOLEAN NOT NULL DEFAULT 0,
    arch TEXT
);
CREATE INDEX archiveinfo_by_build ON archiveinfo (build_id);

CREATE VIEW archive_info AS
SELECT a.id, a.type_id, a.btype_id, btype.name AS btype, a.build_id, NULL AS buildroot_id,
    a.filename, a.size, a.checksum, a.checksum_type, a.metadata_only, NULL AS extra,
    t.name AS type_name, t.description AS type_description, t.extensions AS type_extensions,
    t.compression_type, a.arch
FROM archiveinfo a
    JOIN archivetypes t ON t.id = a.type_id
    JOIN btype ON btype.id = a.btype_id;

CREATE TABLE external_repo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE rpminfo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    build_id INTEGER REFERENCES build (id),
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    release TEXT NOT NULL,
    epoch INTEGER,
    arch TEXT NOT NULL,
    external_repo_id INTEGER NOT NULL REFERENCES external_repo (id),
    payloadhash TEXT NOT NULL,
    size INTEGER NOT NULL,
    buildtime INTEGER NOT NULL,
    draft BOOLEAN DEFAULT 0,
    metadata_only BOOLEAN NOT NULL DEFAULT 0,
    UNIQUE (name, version, release, arch, external_repo_id),
    CHECK ((build_id IS NULL) = (external_repo_id <> 0))
);
CREATE INDEX rpminfo_by_build ON rpminfo (build_id);

CREATE VIEW rpm_info AS
SELECT r.id, r.name, r.version, r.release, r.name || '-' || r.version || '-' || r.release AS nvr,
    r.arch, r.epoch, r.draft, r.payloadhash, r.size, r.buildtime, r.build_id, NULL AS buildroot_id, r.external_repo_id,
    e.name AS external_repo_name, r.metadata_only, NULL AS extra
FROM rpminfo r JOIN external_repo e ON e.id = r.external_repo_id;

CREATE TABLE archive_rpm_components (
    archive_id INTEGER NOT NULL REFERENCES archiveinfo (id),
    rpm_id INTEGER NOT NULL REFERENCES rpminfo (id),
    PRIMARY KEY (archive_id, rpm_id)
);

-- Tags and what hangs on them

CREATE TABLE tag (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE tag_config (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    arches TEXT,
    perm_id INTEGER REFERENCES permissions (id),
    locked BOOLEAN NOT NULL DEFAULT 0,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX tag_config_active ON tag_config (tag_id) WHERE revoke_event IS NULL;

-- a NULL value blocks an inherited key
CREATE TABLE tag_extra (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    key TEXT NOT NULL,
    value JSON,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX tag_extra_active ON tag_extra (tag_id, key) WHERE revoke_event IS NULL;

CREATE TABLE tag_inheritance (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    parent_id INTEGER NOT NULL REFERENCES tag (id),
    priority INTEGER NOT NULL,
    maxdepth INTEGER,
    intransitive BOOLEAN NOT NULL DEFAULT 0,
    noconfig BOOLEAN NOT NULL DEFAULT 0,
    pkg_filter TEXT NOT NULL DEFAULT '',
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX tag_inheritance_active ON tag_inheritance (tag_id, parent_id)
    WHERE revoke_event IS NULL;

CREATE TABLE tag_packages (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    package_id INTEGER NOT NULL REFERENCES package (id),
    owner INTEGER NOT NULL REFERENCES users (id),
    blocked BOOLEAN NOT NULL DEFAULT 0,
    extra_arches TEXT,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX tag_packages_active ON tag_packages (tag_id, package_id)
    WHERE revoke_event IS NULL;

CREATE TABLE tag_listing (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    build_id INTEGER NOT NULL REFERENCES build (id),
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX tag_listing_active ON tag_listing (tag_id, build_id)
    WHERE revoke_event IS NULL;

-- changes that no versioned row shows, such as an RPM imported into a tagged build
CREATE TABLE tag_updates (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);

CREATE TABLE external_repo_config (
    external_repo_id INTEGER NOT NULL REFERENCES external_repo (id),
    url TEXT NOT NULL,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX external_repo_config_active ON external_repo_config (external_repo_id)
    WHERE revoke_event IS NULL;

CREATE TABLE tag_external_repos (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    external_repo_id INTEGER NOT NULL REFERENCES external_repo (id),
    priority INTEGER NOT NULL,
    merge_mode TEXT NOT NULL DEFAULT 'koji',
    arches TEXT,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX tag_external_repos_active ON tag_external_repos (tag_id, external_repo_id)
    WHERE revoke_event IS NULL;

CREATE TABLE groups (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE group_config (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    group_id INTEGER NOT NULL REFERENCES groups (id),
    blocked BOOLEAN NOT NULL DEFAULT 0,
    exported BOOLEAN NOT NULL DEFAULT 1,
    display_name TEXT NOT NULL,
    is_default BOOLEAN,
    uservisible BOOLEAN NOT NULL DEFAULT 1,
    description TEXT,
    langonly TEXT,
    biarchonly BOOLEAN NOT NULL DEFAULT 0,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX group_config_active ON group_config (tag_id, group_id)
    WHERE revoke_event IS NULL;

CREATE TABLE group_package_listing (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    group_id INTEGER NOT NULL REFERENCES groups (id),
    package TEXT NOT NULL,
    blocked BOOLEAN NOT NULL DEFAULT 0,
    type TEXT NOT NULL DEFAULT 'mandatory',
    basearchonly BOOLEAN,
    requires TEXT,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX group_package_listing_active ON group_package_listing (tag_id, group_id, package)
    WHERE revoke_event IS NULL;

CREATE TABLE group_req_listing (
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    group_id INTEGER NOT NULL REFERENCES groups (id),
    req_id INTEGER NOT NULL REFERENCES groups (id),
    blocked BOOLEAN NOT NULL DEFAULT 0,
    type TEXT NOT NULL DEFAULT 'mandatory',
    is_metapkg BOOLEAN NOT NULL DEFAULT 0,
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX group_req_listing_active ON group_req_listing (tag_id, group_id, req_id)
    WHERE revoke_event IS NULL;

CREATE TABLE build_target (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE build_target_config (
    build_target_id INTEGER NOT NULL REFERENCES build_target (id),
    build_tag INTEGER NOT NULL REFERENCES tag (id),
    dest_tag INTEGER NOT NULL REFERENCES tag (id),
    create_event INTEGER NOT NULL REFERENCES events (id),
    revoke_event INTEGER REFERENCES events (id)
);
CREATE UNIQUE INDEX build_target_config_active ON build_target_config (build_target_id)
    WHERE revoke_event IS NULL;

-- every versioned row that belongs to a tag: when did it change last
CREATE VIEW tag_versions AS
SELECT tag_id, create_event, revoke_event FROM tag_config
UNION ALL SELECT tag_id, create_event, revoke_event FROM tag_extra
UNION ALL SELECT tag_id, create_event, revoke_event FROM tag_inheritance
UNION ALL SELECT tag_id, create_event, revoke_event FROM tag_packages
UNION ALL SELECT tag_id, create_event, revoke_event FROM tag_listing
UNION ALL SELECT tag_id, create_event, revoke_event FROM tag_updates
UNION ALL SELECT tag_id, create_event, revoke_event FROM tag_external_repos
UNION ALL SELECT tag_id, create_event, revoke_event FROM group_config
UNION ALL SELECT tag_id, create_event, revoke_event FROM group_package_listing
UNION ALL SELECT tag_id, create_event, revoke_event FROM group_req_listing
UNION ALL SELECT t.tag_id, c.create_event, c.revoke_event
    FROM external_repo_config c JOIN tag_external_repos t USING (external_repo_id)
    WHERE t.revoke_event IS NULL;

-- Repositories and build roots

CREATE TABLE repo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    create_event INTEGER NOT NULL REFERENCES events (id),
    creation_ts REAL NOT NULL,
    state INTEGER NOT NULL,
    state_ts REAL NOT NULL,
    task_id INTEGER REFERENCES task (id),
    dist BOOLEAN NOT NULL DEFAULT 0,
    opts JSON NOT NULL,
    custom_opts JSON NOT NULL
);

CREATE VIEW repo_info AS
SELECT repo.id, repo.tag_id, tag.name AS tag_name, repo.create_event, events.ts AS create_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', repo.creation_ts, 'unixepoch') AS creation_time,
    repo.creation_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', repo.state_ts, 'unixepoch') AS state_time, repo.state_ts,
    repo.state, repo.dist, repo.opts, repo.custom_opts, repo.task_id, task.state AS task_state,
    NULL AS begin_event, NULL AS begin_ts, NULL AS end_event, NULL AS end_ts
FROM repo
    JOIN tag ON tag.id = repo.tag_id
    JOIN events ON events.id = repo.create_event
    LEFT JOIN task ON task.id = repo.task_id;

CREATE TABLE repo_queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    tag_id INTEGER NOT NULL REFERENCES tag (id),
    owner INTEGER NOT NULL REFERENCES users (id),
    priority INTEGER NOT NULL,
    at_event INTEGER REFERENCES events (id),
    min_event INTEGER REFERENCES events (id),
    opts JSON NOT NULL,
    create_ts REAL NOT NULL,
    update_ts REAL NOT NULL,
    active BOOLEAN NOT NULL DEFAULT 1,
    task_id INTEGER REFERENCES task (id),
    tries INTEGER NOT NULL DEFAULT 0,
    repo_id INTEGER REFERENCES repo (id)
);

CREATE VIEW repo_request AS
SELECT q.id, q.tag_id, tag.name AS tag_name, q.owner, users.name AS owner_name, q.priority,
    q.at_event, q.min_event, q.opts, q.create_ts, q.update_ts, q.active, q.task_id,
    task.state AS task_state, q.tries, q.repo_id
FROM repo_queue q
    JOIN tag ON tag.id = q.tag_id
    JOIN users ON users.id = q.owner
    LEFT JOIN task ON task.id = q.task_id;

CREATE TABLE buildroot (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    host_id INTEGER NOT NULL REFERENCES host (id),
    repo_id INTEGER NOT NULL REFERENCES repo (id),
    task_id INTEGER REFERENCES task (id),
    arch TEXT NOT NULL,
    state INTEGER NOT NULL,
    create_event INTEGER NOT NULL REFERENCES events (id),
    retire_event INTEGER REFERENCES events (id)
);

CREATE VIEW buildroot_info AS
SELECT b.id, 0 AS br_type, NULL AS cg_id, NULL AS cg_name, NULL AS cg_version,
    b.arch AS container_arch, b.arch, 'chroot' AS container_type, NULL AS host_os,
    NULL AS host_arch, NULL AS extra, b.state, b.task_id, b.host_id, host.name AS host_name,
    b.repo_id, repo.state AS repo_state, repo.tag_id, tag.name AS tag_name,
    b.create_event AS create_event_id, made.ts AS create_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', made.ts, 'unixepoch') AS create_event_time,
    b.retire_event AS retire_event_id, retired.ts AS retire_ts,
    strftime('%Y-%m-%d %H:%M:%f+00:00', retired.ts, 'unixepoch') AS retire_event_time,
    repo.create_event AS repo_create_event_id,
    strftime('%Y-%m-%d %H:%M:%f+00:00', repo_made.ts, 'unixepoch') AS repo_create_event_time
FROM buildroot b
    JOIN host ON host.id = b.host_id
    JOIN repo ON repo.id = b.repo_id
    JOIN tag ON tag.id = repo.tag_id
    JOIN events made ON made.id = b.create_event
    JOIN events repo_made ON repo_made.id = repo.create_event
    LEFT JOIN events retired ON retired.id = b.retire_event;

CREATE TABLE buildroot_listing (
    buildroot_id INTEGER NOT NULL REFERENCES buildroot (id),
    rpm_id INTEGER NOT NULL REFERENCES rpminfo (id),
    is_update BOOLEAN NOT NULL DEFAULT 0,
    PRIMARY KEY (buildroot_id, rpm_id)
);

-- committed transactions that moved files, see moves.py
CREATE TABLE moved (
    token TEXT NOT NULL
);
