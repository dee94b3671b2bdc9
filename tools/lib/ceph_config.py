"""The ceph.conf of a one-machine cluster that lives in one folder and in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

GIB = 1 << 30


TEMPLATE = """[global]
fsid = {fsid}
mon_host = [v1:127.0.0.1:{mon_port}]
mon_initial_members = a
ms_bind_msgr2 = false
ms_bind_port_max = 7900
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_supported = none
keyring = /dev/null
run_dir = {sockets}
admin_socket = {sockets}/$name.$pid.asok
pid_file =
log_file = {folder}/log/$name.log
log_to_stderr = false
err_to_stderr = true
mon_cluster_log_file = {folder}/log/cluster.log
crash_dir = {folder}/crash
debug_default = 0/0
debug_ms = 0/0
debug_mon = 0/0
debug_osd = 0/0
debug_rgw = 0/0
debug_rgw_sync = 0/0
debug_rocksdb = 0/0
debug_monc = 0/0
debug_mgr = 0/0
debug_paxos = 0/0

osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
# Every change of a map waits this long for company; a dozen pools are made one after another.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01

[mon]
mon_data = {folder}/mon
mon_cluster_log_to_file = false

[mgr]
mgr_data = {folder}/mgr
mgr_initial_modules =

[osd]
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = {memory}
# At start an OSD may send these commands before it knows the cluster's fsid; the mon then refuses
# them as of a 'wrong fsid' and the OSD waits for ever. ceph_cluster.py places the OSD itself.
osd_class_update_on_start = false
osd_crush_update_on_start = false
osd_max_object_size = {largest_object}
osd_scrub_begin_hour = 0
osd_scrub_min_interval = 604800

[client.rgw]
rgw_data = {folder}/rgw
rgw_frontends = {frontends}
rgw_dns_name = localhost
rgw_enable_ops_log = false
rgw_enable_usage_log = false
rgw_dynamic_resharding = false
rgw_override_bucket_index_max_shards = 1
rgw_thread_pool_size = 64
# Deleted objects give their memory back soon: benchmarks write many gigabytes in turn.
rgw_gc_obj_min_wait = 60
rgw_gc_processor_period = 20
rgw_gc_processor_max_time = 20
"""


@dataclass(frozen=True)
class Layout:
    folder: Path
    sockets: Path  # short: a socket path may not exceed 107 characters
    fsid: str
    mon_port: int
    http_port: int
    https_port: int | None
    certificate: Path | None
    certificate_key: Path | None


def frontends(layout: Layout) -> str:
    # Without it answers wait 40 ms for a delayed acknowledgement.
    text = f"beast tcp_nodelay=1 endpoint=127.0.0.1:{layout.http_port}"
    if layout.https_port:
        text += (
            f" ssl_endpoint=127.0.0.1:{layout.https_port}"
            f" ssl_certificate={layout.certificate} ssl_private_key={layout.certificate_key}"
        )
    return text


def text(layout: Layout) -> str:
    return TEMPLATE.format(
        folder=layout.folder,
        sockets=layout.sockets,
        fsid=layout.fsid,
        mon_port=layout.mon_port,
        frontends=frontends(layout),
        memory=8 * GIB,
        largest_object=GIB,
    )
