// A container engine is needed, and is never installed behind anybody's back.
import { spawnSync } from 'node:child_process'

/** Ends this process with what to install where no container engine answers. */
export function requireEngine(what) {
  const ran = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { encoding: 'utf8' })
  if (ran.status === 0 && ran.stdout.trim() !== '') return
  const why = ran.error === undefined ? ran.stderr.trim().split('\n')[0] : 'there is no docker command'
  console.error(`${what} needs a container engine: ${why}
On Debian: apt-get install docker.io containerd runc iptables
then start it: systemctl start docker (or, where no init system runs: dockerd >/var/log/dockerd.log 2>&1 &)`)
  process.exit(1)
}
