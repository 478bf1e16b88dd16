/** A Slurm of this machine alone, with its own configuration, ports and folder: nothing of it is left at the end. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const DAEMONS = ['slurmctld', 'slurmd'] as const;

/** So many tasks can run at once, whatever the machine has. */
const CPUS = 4;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A program that administrators have in their path, and others not. */
function find(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Why no cluster can be started here; undefined when one can. */
export function whyNoSlurm(): string | undefined {
  const missing = [...DAEMONS, 'sbatch', 'squeue', 'scancel', 'sinfo'].filter((name) => !find(name));
  if (missing.length > 0) return `${missing.join(', ')} not installed (Debian: slurmctld slurmd slurm-client)`;
  return process.getuid?.() === 0 ? undefined : 'its daemons want to be root';
}

/**
 * Starts the daemons, and has the tools find them through `SLURM_CONF`.
 *
 * @returns what ends them
 * @throws Error with the end of their logs when the node does not become idle
 */
export async function startSlurm(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'slurm-'));
  const host = hostname().split('.')[0]!;
  mkdirSync(join(folder, 'state'));
  mkdirSync(join(folder, 'spool'));
  const configuration = {
    ClusterName: 'test',
    SlurmctldHost: `${host}(127.0.0.1)`,
    SlurmctldPort: await freePort(),
    SlurmdPort: await freePort(),
    SlurmUser: 'root',
    AuthType: 'auth/none',
    CredType: 'cred/none',
    SlurmctldPidFile: join(folder, 'slurmctld.pid'),
    SlurmdPidFile: join(folder, 'slurmd.pid'),
    SlurmctldLogFile: join(folder, 'slurmctld.log'),
    SlurmdLogFile: join(folder, 'slurmd.log'),
    StateSaveLocation: join(folder, 'state'),
    SlurmdSpoolDir: join(folder, 'spool'),
    ProctrackType: 'proctrack/linuxproc',
    TaskPlugin: 'task/none',
    SelectType: 'select/cons_tres',
    SelectTypeParameters: 'CR_Core',
    SlurmdParameters: 'config_overrides',
    SchedulerParameters: 'sched_interval=1',
    ReturnToService: 2,
    MailProg: '/bin/true',
    NodeName: `${host} NodeAddr=127.0.0.1 CPUs=${CPUS} State=UNKNOWN`,
    PartitionName: `all Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
  };
  const lines = Object.entries(configuration).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(join(folder, 'slurm.conf'), lines.join(''));
  writeFileSync(join(folder, 'cgroup.conf'), 'CgroupAutomount=yes\nIgnoreSystemd=yes\n');
  process.env['SLURM_CONF'] = join(folder, 'slurm.conf');

  const end = async (): Promise<void> => {
    delete process.env['SLURM_CONF'];
    for (const name of DAEMONS) {
      const file = join(folder, `${name}.pid`);
      if (!existsSync(file)) continue;
      const pid = Number(readFileSync(file, 'utf8'));
      if (runs(pid)) process.kill(pid, 'SIGTERM');
      for (let i = 0; i < 100 && runs(pid); i++) await sleep(50);
      if (runs(pid)) process.kill(pid, 'SIGKILL');
    }
    rmSync(folder, { recursive: true });
  };
  for (const name of DAEMONS) spawnSync(find(name)!, [], { stdio: 'ignore' });
  for (let i = 0; i < 100; i++) {
    if (spawnSync('sinfo', ['--noheader', '--format=%T'], { encoding: 'utf8' }).stdout.trim() === 'idle') return end;
    await sleep(100);
  }
  const logs = DAEMONS.map((name) => join(folder, `${name}.log`)).filter((file) => existsSync(file));
  const said = logs.map((file) => readFileSync(file, 'utf8').trim().split('\n').slice(-3).join('\n')).join('\n');
  await end();
  throw new Error(`no node of Slurm becomes idle here:\n${said}`);
}

function runs(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}
