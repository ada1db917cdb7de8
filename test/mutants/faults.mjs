/**
 * Deliberate faults: each is one small wrong change of the source that breaks a promise. `make mutants` plants them one at a
 * time and runs the simulation, which must notice. `find` must stand exactly once in the file. Where a story is too long for
 * chance to tell it within some hundred seeds (figure 8 of the Raft paper), `runner` names the tests that tell it on purpose.
 * `drawing`: only seeds that draw this are tried, a class of acts, an act or `leases`, or several with a plus between; all others
 * cannot tell.
 */
export const FAULTS = [
  {
    name: 'a state is passed on that the others contradict',
    runner: ['vitest', 'run', 'src/node/snapshot-transfer.test.ts'],
    file: 'src/node/snapshot-sender.ts',
    find: 'await this.ports.confirm(() => !sending.givenUp)',
    replace: '',
  },
  {
    name: 'promises leave before the disk has them',
    file: 'src/node/node.ts',
    find: 'this.#parts.log.append(effect.hardState, effect.entries).then(',
    replace: 'this.#send(effect.release)\n    this.#parts.log.append(effect.hardState, effect.entries).then(',
  },
  {
    name: 'a write whose leader went away counts as never made',
    file: 'src/node/proposal-queue.ts',
    find: 'this.#fail(waiter, outcomeUnknown(requestId, why))',
    replace: 'this.#fail(waiter, waiter.unsettled ? notProposed(why) : outcomeUnknown(requestId, why))',
  },
  {
    name: 'the log is written and not synced',
    file: 'src/storage/wal/wal.ts',
    find: 'await this.#handle.write(end.offset, [group.finish()], { sync: true })',
    replace: 'await this.#handle.write(end.offset, [group.finish()], { sync: false })',
  },
  {
    name: 'one replica short of a majority commits',
    file: 'src/raft/quorum.ts',
    find: 'return values[Math.floor(members.length / 2)] as number',
    replace: 'return values[Math.max(0, Math.floor(members.length / 2) - 1)] as number',
  },
  {
    name: 'one vote short of a majority elects',
    file: 'src/raft/quorum.ts',
    find: "if (yes >= majority) return 'won'",
    replace: "if (yes >= majority - 1) return 'won'",
  },
  {
    name: 'votes are given to candidates with shorter logs',
    file: 'src/raft/election.ts',
    find: 'const granted = mayVoteFor(member, request) && member.log.isUpToDate(request.lastIndex, request.lastTerm)\n  if (granted)',
    replace: 'const granted = mayVoteFor(member, request)\n  if (granted)',
    also: [
      {
        file: 'src/raft/election.ts',
        find: 'const granted = enters && member.log.isUpToDate(request.lastIndex, request.lastTerm)',
        replace: 'const granted = enters',
      },
    ],
  },
  {
    name: 'a second vote is given in one term',
    file: 'src/raft/election.ts',
    find: 'return member.vote === request.from || (member.vote === undefined && member.leader === undefined)',
    replace: 'return true',
  },
  {
    name: 'the vote is forgotten in a crash',
    runner: ['vitest', 'run', 'src/storage/wal'],
    file: 'src/storage/wal/wal-open.ts',
    find: 'const { log, segments, unproven, torn } = recovery',
    replace:
      'const { segments, unproven, torn } = recovery\n  const log = { ...recovery.log, hardState: { ...recovery.log.hardState, vote: undefined } }',
  },
  {
    name: 'old-term entries are committed by counting replicas',
    runner: ['vitest', 'run', 'src/raft', 'test/raft'],
    file: 'src/raft/leader.ts',
    find: 'if (index <= log.commit || log.termAt(index) !== term) return',
    replace: 'if (index <= log.commit) return',
  },
  {
    name: 'followers acknowledge what does not match',
    file: 'src/raft/follower.ts',
    find: 'if (log.termAt(prevIndex) !== prevTerm) {',
    replace: 'if (log.termAt(prevIndex) === undefined) {',
  },
  {
    name: 'reads are served before the quorum confirms the leader',
    runner: ['vitest', 'run', 'src/raft', 'test/raft'],
    file: 'src/raft/leader.ts',
    find: 'const round = this.#quorumValue(this.#reads.round, (peer) => peer.ackedRound)',
    replace: 'const round = this.#reads.round',
  },
  {
    name: 'reads do not wait until their index has landed',
    file: 'src/node/node.ts',
    find: 'wanted = Math.max(wanted, await this.#reads.index(left()))',
    replace: 'await this.#reads.index(left())',
  },
  {
    name: 'linearizable reads are answered from this node as it is',
    file: 'src/node/node.ts',
    find: "if (options.consistency !== 'stale') {",
    replace: "if (options.consistency === 'linearizable') {",
  },
  {
    name: 'answers to request ids are not remembered',
    file: 'src/state/state-machine.ts',
    find: 'const settled = recallResult(writer, command.requestId, fingerprint) ?? checkRoom(counters, this.settings)',
    replace: 'const settled = checkRoom(counters, this.settings)',
  },
  {
    name: 'a version that exists is written again',
    file: 'src/state/register.ts',
    find: 'if (existing !== undefined) return answerExisting(existing, command)',
    replace: 'if (existing !== undefined && existing.yanked) return answerExisting(existing, command)',
  },
  {
    name: 'the log is cut before the state is synced',
    file: 'src/state/state-machine.ts',
    find: 'await this.store.write(group.operations, { sync: true })',
    replace: 'await this.store.write(group.operations, { sync: false })',
    also: [
      {
        file: 'src/node/log-compactor.ts',
        find: 'await folders.syncCurrent()\n    const mark',
        replace: 'const mark',
      },
    ],
  },
  {
    name: 'a publish counts its own disk as a majority',
    file: 'src/blob/replication.ts',
    find: 'while (!isMajority(this.halves, (voter) => this.#leaseEnds.has(voter))) {',
    replace: 'while (this.#leaseEnds.size === 0) {',
    also: [{ file: 'src/state/register.ts', find: 'checkHolders(context, command) ??', replace: '' }],
  },
  {
    name: 'a blob is renamed into place before its bytes are synced',
    file: 'src/blob/sliced-file-writer.ts',
    find: 'this.file.write(offset, chunks, { sync: last })',
    replace: 'this.file.write(offset, chunks, { sync: false })',
  },
  {
    name: 'what versions refer to is taken for garbage',
    file: 'src/blob/garbage-collector.ts',
    find: "if (state.isReferenced(digest)) return { collected: { state: 'referenced' }, bytes: 0 }",
    replace: '',
  },
  {
    name: 'garbage goes while it is still promised',
    file: 'src/blob/garbage-collector.ts',
    find: "if (known >= state.logTimeMs) return { collected: { state: 'leased', untilMs: known }, bytes: 0 }",
    replace: '',
    also: [
      {
        file: 'src/blob/file-blob-store.ts',
        find: 'if ((this.#promises.get(digest) ?? -1) >= logTimeMs) return false',
        replace: '',
      },
    ],
  },
  {
    name: 'blobs that a publish missed are not fetched',
    file: 'src/blob/blob-repair.ts',
    find: 'await this.#bring(digest)\n        this.#running--',
    replace: 'this.#running--',
  },
  {
    name: 'a restarted node applies entries again',
    file: 'src/raft/log.ts',
    find: 'this.#delivered = appliedIndex\n    this.#commit',
    replace: 'this.#delivered = Math.max(mark.index, appliedIndex - 1)\n    this.#commit',
  },
  {
    name: 'a torn tail of the log is believed',
    file: 'src/storage/wal/segment-scan.ts',
    find: 'if (view.getUint32(offset + 8, true) !== nextCrc) break',
    replace: 'if (view.getUint32(offset + 8, true) === 0) break',
  },
  {
    name: 'damage in the log is cut off like a torn tail',
    runner: ['vitest', 'run', 'src/storage/wal'],
    file: 'src/storage/wal/recovery.ts',
    find: 'if (offset < durable)',
    replace: 'if (offset < headerBytes)',
  },
  {
    name: 'a log that lost its end begins anew at the state',
    file: 'src/raft/recovery.ts',
    find: "if (!installing) return { type: 'log-lost' }",
    replace: '',
  },
  {
    name: 'an install that a crash cut is taken for a lost log',
    runner: ['vitest', 'run', 'src/node/open-node.test.ts'],
    file: 'src/node/state-holder.ts',
    find: 'await this.folders.activateNext()',
    replace: 'await this.folders.activateNext()\n      await this.folders.installed()',
  },
  {
    name: 'a read lease lasts for three election timeouts',
    drawing: 'leases+suspend-cut-off',
    file: 'src/node/lease-clock.ts',
    find: 'return Math.floor((tickMs * (electionTicks - 1) * 9) / 10)',
    replace: 'return tickMs * electionTicks * 3',
  },
  {
    name: 'an emptied folder is let in again',
    file: 'src/model/start-mark.ts',
    find: "if (known.incarnation !== shown.incarnation) return 'another'",
    replace: "if (known.incarnation !== shown.incarnation) return 'same'",
  },
  {
    name: 'an older copy of a folder is let in again',
    file: 'src/model/start-mark.ts',
    find: '=> !shown.startMarks.includes(mark)',
    replace: '=> shown.startMarks.length === 0 && mark.length > 0',
  },
  {
    name: 'a group missing from the state is not noticed',
    file: 'src/state/group-marker.ts',
    find: `if (last === undefined || last < next) {`,
    replace: `if (last === undefined || last < next) {
        next++
        continue
      }
      if (last === undefined || last < next) {`,
  },
  {
    name: 'a blob that rotted counts as held',
    file: 'src/blob/blob-file-reader.ts',
    find: "const found = hash?.digest('hex') ?? digest",
    replace: 'const found = digest',
  },
  {
    name: 'states that differ are not compared',
    file: 'src/node/state-hash-watch.ts',
    find: 'if (compared.apartAt === undefined) agreedAt.push(compared.index)',
    replace: 'if (compared.index >= 0) agreedAt.push(compared.index)',
  },
  {
    name: 'who agreed before another went apart counts as agreeing',
    runner: ['vitest', 'run', 'src/node/state-hash-watch.test.ts'],
    file: 'src/node/state-hash-watch.ts',
    find: 'agreedAt.filter((at) => at >= apartAt)',
    replace: 'agreedAt.filter(() => true)',
  },
  {
    name: 'a copy counts as held before its name outlives a loss of power',
    runner: ['vitest', 'run', 'src/blob/file-blob-store.test.ts'],
    file: 'src/blob/blob-shards.ts',
    find: 'await this.files.syncFolder(this.paths.shard(shard))\n    this.#settled.add(shard)',
    replace: 'this.#settled.add(shard)',
  },
  {
    name: 'a wrong state is taken up again by the next start',
    file: 'src/node/node.ts',
    find: 'if (isDamage(cause)) {',
    replace: "if (isDamage(cause) && what === '') {",
  },
  {
    name: 'a conflicting suffix is kept',
    file: 'src/raft/log.ts',
    find: 'const at = entries.findIndex((entry) => this.termAt(entry.index) !== entry.term)',
    replace: 'const at = entries.findIndex((entry) => entry.index > this.lastIndex)',
  },
  {
    name: 'a received state is put in force and the log stays',
    file: 'src/node/state-installer.ts',
    find: 'await holder.swap(() => log.reset(mark))',
    replace: 'await holder.swap(async () => {})',
  },
  {
    name: 'after a failed sync the page cache is trusted',
    runner: ['vitest', 'run', 'src/storage/wal'],
    file: 'src/storage/wal/wal.ts',
    find: 'await tryWriteSuspectMarker(fileSystem, folder, marker)',
    replace: 'void marker',
  },
  {
    name: 'a joint configuration commits by its new half alone',
    drawing: 'member-changes',
    file: 'src/raft/quorum.ts',
    find: 'return Math.min(incoming, majorityValue(configuration.outgoing, reached))',
    replace: 'return incoming',
  },
  {
    name: 'members change again before the last change is committed',
    runner: ['vitest', 'run', 'src/raft', 'test/raft'],
    file: 'src/raft/leader.ts',
    find: 'if (changedAt > log.commit || current.outgoing.length > 0)',
    replace: 'if (current.outgoing.length > 0)',
  },
  {
    name: 'members change before the leader has committed in its term',
    runner: ['vitest', 'run', 'src/raft', 'test/raft'],
    file: 'src/raft/leader.ts',
    find: "if (!this.committedInTerm) return { reason: 'not-ready', id: undefined }",
    replace: '',
  },
  {
    name: 'a learner is promoted that lacks packages',
    runner: ['vitest', 'run', 'src/node/membership-changer.test.ts'],
    file: 'src/node/membership-changer.ts',
    find: 'if (lack !== undefined) lacks.set(id, lack)',
    replace: 'if (lack === undefined) lacks.delete(id)',
  },
  {
    name: 'a joint election is won by the new half alone',
    drawing: 'member-changes',
    file: 'src/raft/quorum.ts',
    find: "if (incoming === 'lost' || outgoing === 'lost') return 'lost'",
    replace: 'if (outgoing !== undefined) return incoming',
  },
  {
    name: 'both halves of a joint configuration are counted as one group',
    drawing: 'member-changes',
    file: 'src/raft/quorum.ts',
    find: 'return Math.min(incoming, majorityValue(configuration.outgoing, reached))',
    replace:
      'return majorityValue([...new Map([...configuration.voters, ...configuration.outgoing].map((each) => [each.id, each])).values()], reached)',
  },
  {
    name: 'a leader that is being removed counts itself in the place of a voter',
    drawing: 'member-changes',
    file: 'src/raft/leader.ts',
    find: 'if (voter === id) return own',
    replace:
      'if (voter === id || (!log.membership.current.voters.some((each) => each.id === id) && voter === log.membership.current.voters[0]?.id)) return own',
  },
  {
    name: 'a learner counts like a voter for what is committed',
    drawing: 'member-changes',
    file: 'src/raft/quorum.ts',
    find: 'const incoming = majorityValue(configuration.voters, reached)',
    replace:
      'const incoming = [...configuration.voters, ...configuration.learners].map((each) => reached(each.id)).sort((a, b) => b - a)[Math.floor(configuration.voters.length / 2)] as number',
  },
  {
    name: 'members change again while the configuration is joint',
    drawing: 'member-changes',
    file: 'src/raft/leader.ts',
    find: 'if (changedAt > log.commit || current.outgoing.length > 0)',
    replace: 'if (changedAt > log.commit && current.outgoing.length === 0)',
  },
  {
    name: 'the joint configuration is never left',
    drawing: 'member-changes',
    file: 'src/raft/leader.ts',
    find: 'if (current.outgoing.length > 0 && changedAt <= log.commit) this.#appendConfiguration(leftJoint(current))',
    replace: 'void leftJoint(current)',
  },
  {
    name: 'a received state leaves the members as they were',
    drawing: 'members',
    file: 'src/raft/membership.ts',
    find: 'reset(mark: SnapshotMark): void {\n    this.#changes = [ofMark(mark)]',
    replace:
      'reset(mark: SnapshotMark): void {\n    this.#changes = [{ ...ofMark(mark), configuration: this.current }]',
  },
  {
    name: 'a voter is removed though those who stay lack packages',
    runner: ['vitest', 'run', 'src/node/membership-changer.test.ts'],
    file: 'src/node/membership-changer.ts',
    find: 'const asked = votersGo ? next.voters.map((voter) => voter.id) : promoted',
    replace: 'const asked = promoted',
  },
  {
    name: 'who votes alone is replaced in one step',
    runner: ['vitest', 'run', 'src/node/membership-changer.test.ts'],
    file: 'src/node/membership-request.ts',
    find: 'const alone = !isVoter && voters.length === 1',
    replace: 'const alone = false',
  },
]
