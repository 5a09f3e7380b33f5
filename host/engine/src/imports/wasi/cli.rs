//! `wasi:cli`: a program without a command line. What it prints is a line of the plugin's log; what it ends is itself.

use super::{Input, Output};
use crate::{
    BreakKind,
    bindings::{
        Level,
        runtime::wasi::cli::{
            environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr, terminal_stdin,
            terminal_stdout,
        },
    },
    room::{Room, Stop},
};
use terminal_input::TerminalInput;
use terminal_output::TerminalOutput;
use wasmtime::component::Resource;

impl environment::Host for Room {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        self.wasi("wasi:cli/environment")?;
        Ok(Vec::new())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        self.wasi("wasi:cli/environment")?;
        Ok(Vec::new())
    }

    fn initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        self.wasi("wasi:cli/environment")?;
        Ok(None)
    }
}

impl exit::Host for Room {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        self.wasi("wasi:cli/exit")?;
        let how = if status.is_ok() { "as if done" } else { "with an error" };
        Err(Stop {
            kind: BreakKind::Trap,
            detail: format!("it ended its own program {how}; what it printed last is in the log"),
        }
        .into())
    }
}

impl stdin::Host for Room {
    fn get_stdin(&mut self) -> wasmtime::Result<Resource<Input>> {
        self.wasi("wasi:cli/stdin")?;
        self.keep(Input::Empty)
    }
}

impl stdout::Host for Room {
    fn get_stdout(&mut self) -> wasmtime::Result<Resource<Output>> {
        self.wasi("wasi:cli/stdout")?;
        self.keep(Output::Log(Level::Info))
    }
}

impl stderr::Host for Room {
    fn get_stderr(&mut self) -> wasmtime::Result<Resource<Output>> {
        self.wasi("wasi:cli/stderr")?;
        self.keep(Output::Log(Level::Warn))
    }
}

impl terminal_input::Host for Room {}
impl terminal_input::HostTerminalInput for Room {
    fn drop(&mut self, _: Resource<TerminalInput>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl terminal_output::Host for Room {}
impl terminal_output::HostTerminalOutput for Room {
    fn drop(&mut self, _: Resource<TerminalOutput>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl terminal_stdin::Host for Room {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<TerminalInput>>> {
        self.wasi("wasi:cli/terminal")?;
        Ok(None)
    }
}

impl terminal_stdout::Host for Room {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<TerminalOutput>>> {
        self.wasi("wasi:cli/terminal")?;
        Ok(None)
    }
}

impl terminal_stderr::Host for Room {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<TerminalOutput>>> {
        self.wasi("wasi:cli/terminal")?;
        Ok(None)
    }
}
