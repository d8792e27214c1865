import Foundation
import TapestryCommand
import Testing

/// Sends a signal to this process and waits until it is noted. `raise` would not do: it addresses the calling thread,
/// and the threads that tests run on block signals.
private func send(_ signal: Int32) {
    kill(getpid(), signal)
    let deadline = ContinuousClock.now.advanced(by: .seconds(10))
    while !Interrupt.isRequested, ContinuousClock.now < deadline { usleep(1000) }
}

/// Installs it in a process whose signals do what they usually do: a shell's script has what runs beside it ignore SIGINT.
private func install() {
    for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
    Interrupt.install()
}

@Suite struct InterruptTests {
    @Test func nothingIsRequestedWithoutASignal() async {
        await #expect(processExitsWith: .exitCode(0)) {
            install()
            exit(Interrupt.isRequested ? 1 : 0)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func firstSignalOnlySetsTheFlag(signal: Int32) async {
        await #expect(processExitsWith: .exitCode(7)) { [signal] in
            install()
            send(signal)
            exit(Interrupt.isRequested ? 7 : 1)
        }
    }

    @Test func theFirstSignalIsAnsweredOnStandardError() async throws {
        let result = try await #require(processExitsWith: .exitCode(7), observing: [\.standardErrorContent]) {
            install()
            send(SIGINT)
            exit(7)
        }
        let output = String(decoding: result.standardErrorContent, as: UTF8.self)
        #expect(output.contains("Interrupted: training ends after this step."))
    }

    /// Ctrl-C ends `| tee log` as well, and what nobody reads any more must not keep the program from saving.
    @Test func aReaderThatTheSignalEndedIsNotMissed() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            signal(SIGPIPE, SIG_DFL)
            dup2(ends[1], STDERR_FILENO)
            close(ends[0])
            install()
            send(SIGINT)
            _ = write(STDERR_FILENO, "a line", 6)
            exit(Interrupt.isRequested ? 7 : 1)
        }
    }

    /// Where nothing was interrupted, it ends the program as it ends others.
    @Test func aReaderThatIsGoneEndsTheProgram() async {
        await #expect(processExitsWith: .signal(SIGPIPE)) {
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            signal(SIGPIPE, SIG_DFL)
            install()
            close(ends[0])
            _ = write(ends[1], "a line", 6)
            exit(1)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalEndsTheProcessAgainOnceItIsFinished(signal: Int32) async {
        await #expect(processExitsWith: .signal(signal)) { [signal] in
            install()
            Interrupt.finish()
            send(signal)
            exit(1)
        }
    }

    /// What a signal did before is what it does again, whatever that was.
    @Test(arguments: [SIGINT, SIGTERM])
    func aHandlerThatWasThereBeforeIsBack(number: Int32) async {
        await #expect(processExitsWith: .exitCode(9)) { [number] in
            signal(number) { _ in _exit(9) }
            Interrupt.install()
            Interrupt.install()
            Interrupt.finish()
            send(number)
            exit(1)
        }
    }

    /// As of a program that a shell's script starts beside itself, or `nohup`.
    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalThatWasIgnoredStaysIgnored(number: Int32) async {
        await #expect(processExitsWith: .exitCode(7)) { [number] in
            signal(number, SIG_IGN)
            Interrupt.install()
            kill(getpid(), number)
            usleep(50_000)
            if Interrupt.isRequested { exit(1) }
            Interrupt.finish()
            kill(getpid(), number)
            usleep(50_000)
            exit(7)
        }
    }

    /// A process that never asked for it keeps what it has.
    @Test func finishAloneChangesNothing() async {
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGINT, SIG_IGN)
            Interrupt.finish()
            kill(getpid(), SIGINT)
            usleep(50_000)
            exit(7)
        }
    }

    @Test(arguments: [true, false]) func finishSaysWhetherThereWasASignal(isSent: Bool) async throws {
        let result = try await #require(processExitsWith: .exitCode(0), observing: [\.standardOutputContent]) {
            [isSent] in
            install()
            if isSent { send(SIGINT) }
            Interrupt.finish()
            exit(0)
        }
        let output = String(decoding: result.standardOutputContent, as: UTF8.self)
        #expect(output.contains("Interrupted: what follows is of what was learned until then.") == isSent)
    }

    /// Of two trainings, the second one is asked to end early by a signal of its own.
    @Test func whatEndedEarlyBeforeIsNotRequestedAgain() async {
        await #expect(processExitsWith: .exitCode(7)) {
            install()
            send(SIGINT)
            Interrupt.finish()
            install()
            if Interrupt.isRequested { exit(1) }
            send(SIGTERM)
            exit(Interrupt.isRequested ? 7 : 2)
        }
    }

    /// What was learned is saved after it, and its reader may be gone since the signal.
    @Test func aReaderThatTheSignalEndedIsNotMissedAfterwards() async {
        await #expect(processExitsWith: .exitCode(7)) {
            var ends: [Int32] = [0, 0]
            #expect(pipe(&ends) == 0)
            signal(SIGPIPE, SIG_DFL)
            install()
            send(SIGINT)
            Interrupt.finish()
            close(ends[0])
            exit(write(ends[1], "a line", 6) < 0 && errno == EPIPE ? 7 : 1)
        }
    }

    /// Not even one that arrives while it looks what is ignored.
    @Test func anIgnoredSignalIsNeverTaken() async {
        await #expect(processExitsWith: .exitCode(7)) {
            signal(SIGINT, SIG_IGN)
            Thread { while true { kill(getpid(), SIGINT) } }.start()
            let deadline = ContinuousClock.now.advanced(by: .milliseconds(300))
            while ContinuousClock.now < deadline { Interrupt.install() }
            exit(Interrupt.isRequested ? 1 : 7)
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func secondSignalEndsTheProcess(signal: Int32) async {
        await #expect(processExitsWith: .exitCode(130)) { [signal] in
            install()
            send(SIGINT)
            send(signal)
            sleep(10)
            exit(1)
        }
    }
}
