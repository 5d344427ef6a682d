//! A line between a program and a server that can be slow, or cut.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    time::sleep,
};

/// Carries bytes both ways, as it is told.
pub struct Line {
    pub address: SocketAddr,
    delay: Arc<AtomicU64>,
    cuts: watch::Sender<u64>,
}

impl Line {
    /// A line to a server, which need not be there yet.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("its number");
        let delay = Arc::new(AtomicU64::new(0));
        let cuts = watch::Sender::new(0);
        tokio::spawn(carry(listener, server, delay.clone(), cuts.subscribe()));
        Self { address, delay, cuts }
    }

    /// Every piece waits that long, each way. Zero: as fast as it goes.
    pub fn slow(&self, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).expect("a short delay");
        self.delay.store(delay, Ordering::Relaxed);
    }

    /// Breaks every connection there is.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

async fn carry(listener: TcpListener, server: SocketAddr, delay: Arc<AtomicU64>, cuts: watch::Receiver<u64>) {
    while let Ok((near, _)) = listener.accept().await {
        let (delay, mut cuts) = (delay.clone(), cuts.clone());
        cuts.mark_unchanged();
        tokio::spawn(async move {
            let Ok(far) = TcpStream::connect(server).await else {
                return;
            };
            for end in [&near, &far] {
                let _ = end.set_nodelay(true);
            }
            let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
            tokio::select! {
                _ = pump(near_in, far_out, &delay) => {}
                _ = pump(far_in, near_out, &delay) => {}
                _ = cuts.changed() => {}
            }
        });
    }
}

async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, delay: &AtomicU64) -> io::Result<()> {
    let mut piece = vec![0; 65_536];
    loop {
        let length = from.read(&mut piece).await?;
        if length == 0 {
            return Ok(());
        }
        let delay = delay.load(Ordering::Relaxed);
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        to.write_all(&piece[..length]).await?;
    }
}
