"""A service with documents: `uvicorn app:app`."""

from typing import Annotated

from fastapi import APIRouter, FastAPI, HTTPException, Security

from guard import User, current_user
from requestor import Requestor, requestor

app = FastAPI(title="Documents")
documents = APIRouter(prefix="/documents", dependencies=[Security(current_user, scopes=["read"])])


@app.get("/health")
def health():
    return {"status": "ok"}


@app.get("/me")
def me(user: Annotated[User, Security(current_user)]):
    return user.model_dump(exclude={"token"})


@documents.get("")
def list_documents():
    return ["one", "two"]


# What the router asks for and what the route asks for add up: this needs both.
def writer(user: Annotated[User, Security(current_user, scopes=["write"])]) -> User:
    return user


def reading_writer(user: Annotated[User, Security(writer, scopes=["read"])]) -> User:
    return user


@documents.post("", status_code=201)
def add_document(user: Annotated[User, Security(reading_writer)]):
    return {"author": user.user_id}


@app.get("/forwarded")
def forwarded(url: str, send: Annotated[Requestor, Security(requestor)]):
    try:
        answer = send.get(url)
    except ValueError as fault:
        raise HTTPException(400, str(fault)) from fault
    return {"status": answer.status_code, "body": answer.json() if answer.is_success else None}


app.include_router(documents)
