//! The program: everything is in the library, the desk is `gardefou::cli`.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gardefou::cli::run()
}
