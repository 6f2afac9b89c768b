//! What Doorward speaks over gRPC, made of the files in `proto/`.
//!
//! Holds no rule and no server: see `doorward::grpc`. The `.proto` files are the interface: names and numbers never change.

#![forbid(unsafe_code)]

/// Sessions, in the words of TP Auth.
pub mod refresh {
    tonic::include_proto!("refresh");
}

/// Doorward's own services.
pub mod v1 {
    tonic::include_proto!("doorward.v1");
}
