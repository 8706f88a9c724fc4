"""Calls to the KMA's services on data.go.kr and the API Hub: keys, HTTP, retries, envelopes, errors.

client    calls one operation of a service, page by page
reply     the envelopes, and what the codes in them mean
service   how a service is called in messages, and what to do about its errors
"""
