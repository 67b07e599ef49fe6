struct Dispatch;

#[tiergate::gated]
impl Dispatch {
    fn new_call(&self) {}
}

fn main() {}
