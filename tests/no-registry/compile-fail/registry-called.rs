fn main() {
    println!("{}", tiergate::registry().len());
}
